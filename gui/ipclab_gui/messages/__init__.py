"""What the tab Messages draws: the processes of a watched run as lanes, their messages as arrows. GUI thread only.

| file | what is in it |
| --- | --- |
| `scene.py` | the run as lanes, routes and channels; followed while it goes on |
| `lane_reader.py`, `depths.py` | one process's calls, one channel's depth: numbers for any span of time |
| `view.py`, `geometry.py` | which span of time is in view; where it lies in the picture |
| `lanes.py`, `arrows.py`, `channels.py`, `overview.py` | painters |
| `hits.py`, `details.py` | what lies at a place; what is known of it, in words |
| `gestures.py`, `chart.py` | mouse and keys; the widget |

Near, each call is a bar and each message an arrow. Where there are too many to be told apart a lane shows how its time
was spent, and messages become bands with counts, or their queue a lane with its depth. So the work of a frame follows
the picture's width and not the run's length.
"""
