"""What the tab Diagram draws: the processes of a watched run, what they share, messages on their way. GUI thread only.

| file | what is in it |
| --- | --- |
| `figures.py` | what is drawn, a value a shape; no Qt |
| `maker.py`, `processes.py`, `things.py` | the picture of a moment |
| `folding.py`, `talk.py` | who is alike, who talks to whom |
| `measures.py`, `layout.py`, `geometry.py`, `routes.py`, `camera.py` | how large, where, by which way, what is seen |
| `process_box.py`, `pipe_tube.py`, `queue_row.py`, `cells.py`, `padlock.py`, `wires.py` | painters, one a shape |
| `faces.py` | type and marks for them |
| `scenery.py`, `canvas.py` | what stands, piece by piece; the picture of it that is kept |
| `overlay.py` | what moves over it |
| `flights.py`, `tints.py` | messages on their way, values that are new |
| `gestures.py`, `board.py`, `showing.py` | mouse and keys; the widget; what has it follow a run |
| `scrubber.py`, `player.py`, `recent.py`, `words.py` | the moment that is shown, Play, the last operations in words |

A shape finds its place as soon as it is known what its process does, and keeps it: what comes later makes room.
What stands is kept as a picture, which is painted anew only where a moment differs from the one before.
"""
