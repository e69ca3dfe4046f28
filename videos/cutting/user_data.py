"""What cameras write beside the pictures of a stream: where they were, which one it was, whose.

It stands in messages whose meaning is the maker's own, `user_data_unregistered` (ITU-T H.264, D.1.7; H.265, D.2.7).
Captions and times are messages of other kinds.
"""

from videos.cutting.families import Family

USER_DATA = 5
# What x264 and x265 say of their settings, which tells of nobody.
HARMLESS = {bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef"), bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e")}
IDENTIFIER = 16
FILL = 0xFF


def without_user_data(sample: bytes | memoryview, family: Family, length_size: int) -> bytes | memoryview:
    """The sample with all such data overwritten: everything else stays as it is, and where it is."""
    clean: bytearray | None = None
    at = 0
    while at + length_size < len(sample):
        begin = at + length_size
        at = begin + int.from_bytes(sample[at:begin])
        header = family.header_of_messages(sample[begin])
        if header is not None:
            clean = clean or bytearray(sample)
            _overwrite(clean, begin + header, min(at, len(sample)))
    return sample if clean is None else bytes(clean)


def _overwrite(data: bytearray, begin: int, end: int) -> None:
    """Fill the content of user data among the messages from one place to another."""
    # Bytes that keep start codes out of the stream, and the zeros before them, are no content, and stay.
    escapes = [at for at in range(begin + 2, end) if data[at - 2 : at + 1] == b"\x00\x00\x03"]
    kept = {at - back for at in escapes for back in (0, 1, 2)}
    places = sorted(set(range(begin, end)) - set(escapes))
    at = 0
    # The last byte only ends the unit.
    while at < len(places) - 1:
        kind, at = _number(data, places, at)
        size, at = _number(data, places, at)
        content = places[at : at + size]
        if kind == USER_DATA and bytes(data[place] for place in content[:IDENTIFIER]) not in HARMLESS:
            for place in content:
                if place not in kept:
                    data[place] = FILL
        at += size


def _number(data: bytearray, places: list[int], at: int) -> tuple[int, int]:
    """A number as messages have it, 255 for each byte that is full; and where it ends."""
    number = 0
    while at < len(places) and data[places[at]] == 0xFF:
        number += 0xFF
        at += 1
    return number + (data[places[at]] if at < len(places) else 0), at + 1
