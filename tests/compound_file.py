"""Writes OLE compound files ([MS-CFB], version 3), as whole streams in one storage: what xls
workbooks are wrapped in. Written for tests: the readers under test are others'."""

import struct

SECTOR = 512
FREE, END, FAT, DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_IN_HEADER = 109
_LEAST = 4096  # Streams below lie in the mini stream; ours are made longer instead.


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file that holds the streams, in the order given."""
    padded = {name: content.ljust(_LEAST, b"\0") for name, content in streams.items()}
    directory_sectors = -(-(len(padded) + 1) // 4)
    lengths = [directory_sectors, *(-(-len(one) // SECTOR) for one in padded.values())]
    tables, further = 1, 0
    while tables * (SECTOR // 4) < sum(lengths) + tables + further:
        tables += 1
        further = max(0, -(-(tables - _IN_HEADER) // 127))
    fat = [FAT] * tables + [DIFAT] * further
    starts: list[int] = []
    for length in lengths:
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + length), END]
    fat += [FREE] * (tables * (SECTOR // 4) - len(fat))
    entries = [_entry("Root Entry", 5, END, 0, child=1 if padded else FREE)]
    names = list(padded)
    for number, name in enumerate(names):
        right = number + 2 if number + 1 < len(names) else FREE
        entries.append(_entry(name, 2, starts[number + 1], len(padded[name]), right=right))
    entries += [_entry("", 0, 0, 0)] * (directory_sectors * 4 - len(entries))
    content = struct.pack(f"<{len(fat)}I", *fat) + _further(tables, further) + b"".join(entries)
    for one in padded.values():
        content += one.ljust(-(-len(one) // SECTOR) * SECTOR, b"\0")
    return _header(tables, starts[0], further) + content


def _further(tables: int, sectors: int) -> bytes:
    """Sectors that tell where the tables are that the header has no room for."""
    whole = b""
    for number in range(sectors):
        first = _IN_HEADER + 127 * number
        told = [one if one < tables else FREE for one in range(first, first + 127)]
        after = tables + number + 1 if number + 1 < sectors else END
        whole += struct.pack("<128I", *told, after)
    return whole


def _header(tables: int, directory: int, further: int) -> bytes:
    whole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    whole += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    whole += struct.pack("<IIIIIIIII", 0, tables, directory, 0, _LEAST, END, 0, 0, 0)[:-8]
    whole += struct.pack("<II", tables if further else END, further)
    listed = [one if one < tables else FREE for one in range(_IN_HEADER)]
    return whole + struct.pack("<109I", *listed)


def _entry(
    name: str, kind: int, start: int, size: int, *, right: int = FREE, child: int = FREE
) -> bytes:
    encoded = name.encode("utf-16-le")
    length = len(encoded) + 2 if name else 0
    whole = encoded.ljust(64, b"\0") + struct.pack("<HBB", length, kind, 1)
    whole += struct.pack("<III", FREE, right, child) + bytes(36)
    return whole + struct.pack("<IQ", start, size)
