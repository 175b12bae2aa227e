"""What windows.py needs of kernel32 and the standard library does not have: jobs, events, notifications, holes.

Handles are integers. Everything here raises OSError where the system refuses, but `in_job` and `zero`.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes.wintypes import BOOL, DWORD, HANDLE, LPCWSTR, LPVOID

assert sys.platform == "win32"

_JOB_PROCESSES, _JOB_LIMITS = 3, 9  # JobObjectBasicProcessIdList, JobObjectExtendedLimitInformation
_KILL_ON_JOB_CLOSE = 0x2000
_MORE_DATA = 234
_NOTIFY = 0x1 | 0x4 | 0x8 | 0x10  # FILE_NOTIFY_CHANGE_FILE_NAME, _ATTRIBUTES, _SIZE, _LAST_WRITE
_SET_SPARSE, _SET_ZERO_DATA = 0x900C4, 0x980C8  # FSCTL_...
_NO_WAIT = 1  # PIPE_NOWAIT
_INVALID = ctypes.c_void_p(-1).value  # INVALID_HANDLE_VALUE

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
for _name, _result, _arguments in (
    ("CreateEventW", HANDLE, (LPVOID, BOOL, BOOL, LPCWSTR)),
    ("CreateJobObjectW", HANDLE, (LPVOID, LPCWSTR)),
    ("SetInformationJobObject", BOOL, (HANDLE, ctypes.c_int, LPVOID, DWORD)),
    ("AssignProcessToJobObject", BOOL, (HANDLE, HANDLE)),
    ("GetCurrentProcess", HANDLE, ()),
    ("QueryInformationJobObject", BOOL, (HANDLE, ctypes.c_int, LPVOID, DWORD, LPVOID)),
    ("SetNamedPipeHandleState", BOOL, (HANDLE, ctypes.POINTER(DWORD), LPVOID, LPVOID)),
    ("FindFirstChangeNotificationW", HANDLE, (LPCWSTR, BOOL, DWORD)),
    ("FindNextChangeNotification", BOOL, (HANDLE,)),
    ("FindCloseChangeNotification", BOOL, (HANDLE,)),
    ("DeviceIoControl", BOOL, (HANDLE, DWORD, LPVOID, DWORD, LPVOID, DWORD, ctypes.POINTER(DWORD), LPVOID)),
):
    _function = getattr(_kernel, _name)
    _function.restype, _function.argtypes = _result, _arguments

_job: int | None = None  # closed by the end of this process, and that ends all the others in it


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", DWORD),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority", DWORD),
        ("scheduling", DWORD),
        ("counters", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


def _checked(result: int | None) -> int:
    """Return what a function returned, where that is no failure."""
    if not result or result == _INVALID:
        raise ctypes.WinError(ctypes.get_last_error())
    return result


def enter_job() -> None:
    """Put this process, and with it whatever it starts from now on, into a job that ends with this process."""
    global _job
    _job = _checked(_kernel.CreateJobObjectW(None, None))
    limits = _Limits(flags=_KILL_ON_JOB_CLOSE)
    _checked(_kernel.SetInformationJobObject(_job, _JOB_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)))
    _checked(_kernel.AssignProcessToJobObject(_job, _kernel.GetCurrentProcess()))


def in_job() -> list[int]:
    """Return the live pids of the job that this process is in, its own included."""
    room = 256
    while True:
        # JOBOBJECT_BASIC_PROCESS_ID_LIST: two DWORDs, how many there are and how many are listed, then the pids
        data = (ctypes.c_size_t * (8 // ctypes.sizeof(ctypes.c_size_t) + room))()
        if _kernel.QueryInformationJobObject(_job, _JOB_PROCESSES, data, ctypes.sizeof(data), None):
            listed = ctypes.cast(data, ctypes.POINTER(DWORD))[1]
            return data[len(data) - room :][:listed]
        if ctypes.get_last_error() != _MORE_DATA:
            return []
        room *= 2


def event(*, is_set: bool) -> int:
    """Return an event that stays as it is."""
    return _checked(_kernel.CreateEventW(None, True, is_set, None))


def watch(folder: str) -> int:
    """Return what is signalled once something has changed in a folder; its folders left out."""
    return _checked(_kernel.FindFirstChangeNotificationW(folder, False, _NOTIFY))


def watch_on(handle: int) -> None:
    """Have it signalled again at the next change, and at once for one that came since the last."""
    _checked(_kernel.FindNextChangeNotification(handle))


def end_watch(handle: int) -> None:
    """Give the handle of a watch back."""
    _checked(_kernel.FindCloseChangeNotification(handle))


def let_fail(handle: int) -> None:
    """Have writing to a pipe fail where it would wait."""
    _checked(_kernel.SetNamedPipeHandleState(handle, ctypes.byref(DWORD(_NO_WAIT)), None, None))


def zero(handle: int, start: int, until: int) -> None:
    """Make a part of a file a hole, where the file system has holes."""
    part = (ctypes.c_int64 * 2)(start, until)  # FILE_ZERO_DATA_INFORMATION
    told = DWORD()
    for what, about, size in ((_SET_SPARSE, None, 0), (_SET_ZERO_DATA, part, ctypes.sizeof(part))):
        _kernel.DeviceIoControl(handle, what, about, size, None, 0, ctypes.byref(told), None)
