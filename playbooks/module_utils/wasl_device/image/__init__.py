"""System images: built from a raw disk image, signed, written in parallel, read back whole.

The file, version 2; whole numbers are little-endian:

    8 bytes   WASLIMG1
    frames    one zstd frame a chunk, back to back, in the order of the chunks
    index     one zstd frame: a signed document of kind `image` (see `signed`)
    24 bytes  offset and length of the index (two times 8 bytes), WASLIMGE

The index's body: `format` 2, `name`, `country`, `made` (UTC), `size` (bytes of the disk image, a
multiple of 4096), `sector` (what its partition table counts in, 512), `chunk` (bytes of a whole
chunk), and `chunks`, a list of `[number, offset, length, packed, sha256, probe]`: the chunk's place
on the disk is `number * chunk`; its frame lies in the file at `offset`, `length` bytes long;
`packed` (hex) is the SHA-256 of the frame, which is checked before it is written, and `sha256` that
of the bytes unpacked, which is what a disk is held to; `probe` is the CRC-32 of their first 4096.
**A chunk that is not listed is zeros**, and a writer makes it so: a hole of a raw image may stand
for zeros that its file system relies on.

To build: `build.build(raw, out, Naming(name, country, made), key)`. To write:
`source.opened(place)` (a path or an http address), `layout.read_document`, the signature by
`trust.Trust.check`, `layout.index`, `blocks.opened(disk, write=True)`, `write.write`.
"""
