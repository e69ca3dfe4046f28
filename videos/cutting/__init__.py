"""Clips cut out of a source, exact to the frame: all that can be copied is copied, the rest encoded alike.

No Django here: the engine works wherever there is a `Source` and room for a file.

- `source` where bytes come from
- `boxes`, `tables`, `tracks` an MP4 or MOV file, read; `index` what is kept of it
- `h264`, `pictures` what is in the pictures' bytes; `renumber` an open GOP made a start
- `plan` which pictures are copied, which encoded; `seams` encodes them; `sound` the frames of sound
- `movie` the new file's tables; `labels`, `captions` what is written into it; `cut` carries it all out
- `timecode` how people name a moment
"""
