; The Windows installer: for one person, without an administrator's rights. Compiled by installer.py, which defines
; VERSION, NUMBERS (of four parts), FOLDER (the package), SIZE (KiB), ICON, INSTALLER (the file to make) and FILES (what to
; remove again). Silent: `/S`, and last of all, without quotes, `/D=FOLDER`. Exit codes: 0 done, 1 cancelled, 2 not done.

Unicode true
ManifestDPIAware true
SetCompressor /SOLID lzma
RequestExecutionLevel user

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include /CHARSET=UTF8 "${FILES}"

!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\IPC Lab"  ; of Settings, Apps
!define MENU "$SMPROGRAMS\IPC Lab"

Name "IPC Lab"
OutFile "${INSTALLER}"
InstallDir "$LOCALAPPDATA\Programs\IPC Lab"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
BrandingText "IPC Lab ${VERSION}"

VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "IPC Lab"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Installer of IPC Lab"
VIAddVersionKey "LegalCopyright" "IPC Lab contributors, MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\ipclabw.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Open IPC Lab"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Goes on once no program in the folder $0 runs: Windows lets nobody write to the file of one that does.
!macro WAIT_UNTIL_CLOSED UN
Function ${UN}WaitUntilClosed
  again:
  StrCpy $3 ""  ; a program that runs
  FindFirst $1 $2 "$0\*.exe"
  ${DoWhile} $2 != ""
    ${If} $2 != "uninstall.exe"
      ClearErrors
      FileOpen $4 "$0\$2" a
      ${If} ${Errors}
        StrCpy $3 $2
      ${Else}
        FileClose $4
      ${EndIf}
    ${EndIf}
    FindNext $1 $2
  ${Loop}
  FindClose $1
  ${If} $3 != ""
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "IPC Lab is open ($3). Close it, then try again." /SD IDCANCEL IDRETRY again
    Abort "IPC Lab is open; nothing was changed."
  ${EndIf}
FunctionEnd
!macroend
!insertmacro WAIT_UNTIL_CLOSED ""
!insertmacro WAIT_UNTIL_CLOSED "un."

Section
  ; An older version is removed first, wherever it is: only its own uninstaller knows its files.
  ReadRegStr $0 HKCU "${ENTRY}" "InstallLocation"
  ${If} $0 != ""
  ${AndIf} ${FileExists} "$0\uninstall.exe"
    Call WaitUntilClosed
    ExecWait '"$0\uninstall.exe" /S _?=$0' $1  ; with _? it stays where it is, and is waited for
    ${If} $1 != 0
      MessageBox MB_OK|MB_ICONSTOP "The version of IPC Lab in $0 could not be removed." /SD IDOK
      Abort "The older version could not be removed."
    ${EndIf}
    Delete "$0\uninstall.exe"
    RMDir "$0"
  ${EndIf}
  StrCpy $0 $INSTDIR
  Call WaitUntilClosed

  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"  ; first of all: what an installation that is cut short leaves can be removed
  WriteRegStr HKCU "${ENTRY}" "DisplayName" "IPC Lab"
  WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\ipclabw.exe"
  WriteRegStr HKCU "${ENTRY}" "Publisher" "IPC Lab contributors"
  WriteRegStr HKCU "${ENTRY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" ${SIZE}
  WriteRegDWORD HKCU "${ENTRY}" "NoModify" 1
  WriteRegDWORD HKCU "${ENTRY}" "NoRepair" 1
  File /r "${FOLDER}${SLASH}*"

  CreateDirectory "${MENU}"
  CreateShortcut "${MENU}\IPC Lab.lnk" "$INSTDIR\ipclabw.exe"
  SetOutPath "$PROFILE"  ; where the next shortcut begins
  CreateShortcut "${MENU}\IPC Lab command line.lnk" "$SYSDIR\cmd.exe" '/K set "PATH=$INSTDIR;%PATH%"' "$INSTDIR\ipclab.exe"
SectionEnd

Section "Uninstall"
  StrCpy $0 $INSTDIR
  Call un.WaitUntilClosed
  SetOutPath "$TEMP"  ; nobody stays in the folder
  again:
  ClearErrors
  !insertmacro DELETE_FILES
  ${If} ${Errors}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Another program has files of IPC Lab open. Close it, then try again." /SD IDCANCEL IDRETRY again
    Abort "Files of IPC Lab are open in another program; remove it again later."
  ${EndIf}
  !insertmacro REMOVE_FOLDERS  ; those that are empty now
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "${MENU}\IPC Lab.lnk"
  Delete "${MENU}\IPC Lab command line.lnk"
  RMDir "${MENU}"
  DeleteRegKey HKCU "${ENTRY}"
SectionEnd
