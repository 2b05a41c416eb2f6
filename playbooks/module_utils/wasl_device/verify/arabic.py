"""Arabic, drawn as the desktop draws it (Pango, HarfBuzz, FreeType) and looked at.

A word is drawn whole, and once more with its letters kept apart (U+200C): joined letters make one
run of ink, letters apart make several. A thin letter before a broad word must stand to its right.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

WORD = "تعليم"  # every letter joins the next
APART = "\u200c".join(WORD)
ORDER = "ا سسسس"  # an alef, a blank, a broad word
FONT = "Sans 48"
_GRAY = 2  # FT_PIXEL_MODE_GRAY
_INK = 96  # of 255: what counts as ink, so that a blurred edge does not bridge a gap


@dataclass(frozen=True, slots=True)
class Drawing:
    """A line of text: the runs of columns with ink, left to right, and letters no font has."""

    runs: tuple[tuple[int, int], ...]
    unknown: int


def problems(word: Drawing, apart: Drawing, order: Drawing) -> list[str]:
    """What is wrong with how Arabic was drawn; nothing where it is right."""
    found = []
    if word.unknown or order.unknown:
        return ["no font has its letters"]
    if len(word.runs) != 1 or len(apart.runs) < 3:
        found.append("letters are not joined")
    if len(order.runs) < 2 or not _width(order.runs[-1]) * 2 < _width(order.runs[0]):
        found.append("words do not run from right to left")
    return found


def drawn() -> list[str]:
    """Draw and look. Raises OSError where Pango is not installed."""
    with_pango = _Pango()
    return problems(*(with_pango.draw(text) for text in (WORD, APART, ORDER)))


def runs(columns: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    """First and last column of each run of ink."""
    found: list[tuple[int, int]] = []
    for place, inked in enumerate(columns):
        if inked and found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        elif inked:
            found.append((place, place))
    return tuple(found)


def _width(run: tuple[int, int]) -> int:
    return run[1] - run[0] + 1


class _Bitmap(ctypes.Structure):
    """FT_Bitmap of FreeType 2."""

    _fields_ = (
        ("rows", ctypes.c_uint),
        ("width", ctypes.c_uint),
        ("pitch", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("num_grays", ctypes.c_ushort),
        ("pixel_mode", ctypes.c_ubyte),
        ("palette_mode", ctypes.c_ubyte),
        ("palette", ctypes.c_void_p),
    )


class _Pango:
    """As much of Pango as is used here, by its C interface."""

    def __init__(self) -> None:
        self._pango = ctypes.CDLL("libpango-1.0.so.0")
        self._ft2 = ctypes.CDLL("libpangoft2-1.0.so.0")
        self._objects = ctypes.CDLL("libgobject-2.0.so.0")
        pointer = ctypes.c_void_p
        self._ft2.pango_ft2_font_map_new.restype = pointer
        self._ft2.pango_ft2_render_layout.argtypes = (pointer, pointer, ctypes.c_int, ctypes.c_int)
        self._pango.pango_font_map_create_context.restype = pointer
        self._pango.pango_font_map_create_context.argtypes = (pointer,)
        self._pango.pango_layout_new.restype = pointer
        self._pango.pango_layout_new.argtypes = (pointer,)
        self._pango.pango_font_description_from_string.restype = pointer
        self._pango.pango_font_description_from_string.argtypes = (ctypes.c_char_p,)
        self._pango.pango_font_description_free.argtypes = (pointer,)
        self._pango.pango_layout_set_font_description.argtypes = (pointer, pointer)
        self._pango.pango_layout_set_text.argtypes = (pointer, ctypes.c_char_p, ctypes.c_int)
        self._pango.pango_layout_get_unknown_glyphs_count.argtypes = (pointer,)
        sizes = ctypes.POINTER(ctypes.c_int)
        self._pango.pango_layout_get_pixel_size.argtypes = (pointer, sizes, sizes)
        self._objects.g_object_unref.argtypes = (pointer,)

    def draw(self, text: str) -> Drawing:
        """One line of `text` in the desktop's own font."""
        fonts = self._ft2.pango_ft2_font_map_new()
        context = self._pango.pango_font_map_create_context(fonts)
        layout = self._pango.pango_layout_new(context)
        font = self._pango.pango_font_description_from_string(FONT.encode())
        try:
            self._pango.pango_layout_set_font_description(layout, font)
            self._pango.pango_layout_set_text(layout, text.encode(), -1)
            unknown = self._pango.pango_layout_get_unknown_glyphs_count(layout)
            return Drawing(runs(self._columns(layout)), unknown)
        finally:
            self._pango.pango_font_description_free(font)
            for thing in (layout, context, fonts):
                self._objects.g_object_unref(thing)

    def _columns(self, layout: int) -> list[bool]:
        width, height = ctypes.c_int(), ctypes.c_int()
        self._pango.pango_layout_get_pixel_size(layout, ctypes.byref(width), ctypes.byref(height))
        wide, high = max(width.value, 1), max(height.value, 1)
        pixels = ctypes.create_string_buffer(wide * high)
        bitmap = _Bitmap(high, wide, wide, ctypes.addressof(pixels), 256, _GRAY, 0, None)
        self._ft2.pango_ft2_render_layout(ctypes.byref(bitmap), layout, 0, 0)
        data = pixels.raw
        return [max(data[column::wide]) > _INK for column in range(wide)]
