"""How all figures look, and how they become SVG: a plain one for the bundle, one for light and dark."""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The colours by name, as they are on white. The page has a CSS variable for each, which knows dark too.
COLOURS = {
    "paper": "#ffffff",
    "ink": "#1c2536",
    "muted": "#5f6b7e",
    "line": "#d4dae4",
    "blue": "#2460d8",
    "orange": "#c2620a",
    "teal": "#0b857a",
    "purple": "#a13bc4",
    "green": "#5c8a12",
    "red": "#cf2f3f",
    "violet": "#6d55d8",
    "slate": "#6b7789",
}
PAPER, INK, MUTED, LINE = (COLOURS[name] for name in ("paper", "ink", "muted", "line"))
#: Of the split that counts, and of what was said out of fold.
TEST, FOLD = COLOURS["blue"], COLOURS["orange"]
RIGHT, WRONG = COLOURS["blue"], COLOURS["red"]
#: Of as many classes as can be told apart.
CLASSES = list(COLOURS.values())[4:]

#: Inches. On a page the figures stand side by side, as wide as a telephone each.
WIDTH, HEIGHT = 4.0, 3.0

# Text stays text: it can be selected. It is laid out with the measures of the font that matplotlib has.
_FONT = "DejaVu Sans"
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": [_FONT],
    "font.size": 9,
    # A class may be called $x$; it is no formula.
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.edgecolor": PAPER,
    "legend.fancybox": False,
    "legend.framealpha": 0.85,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}

_DRAWING = threading.Lock()
_SVG = "http://www.w3.org/2000/svg"
# So many markers are worth a style of their group.
_SEVERAL = 8
_HREF = "{http://www.w3.org/1999/xlink}href"
# Longest name on an axis, characters.
_LONGEST = 18


@contextmanager
def style(name: str) -> Iterator[None]:
    """Set matplotlib's parameters for a figure, whatever the user's own are.

    The parameters and the filters of warnings belong to the whole process: one figure at a time.

    Args:
        name: of the figure; the same name and data give the same bytes.
    """
    import matplotlib

    with _DRAWING, matplotlib.rc_context(), warnings.catch_warnings():
        # Names in scripts that the font lacks are text all the same; whoever looks at it has a font for them.
        warnings.filterwarnings("ignore", message="Glyph")
        matplotlib.rcdefaults()
        for parameter, value in {**_STYLE, "svg.hashsalt": name}.items():
            matplotlib.rcParams[parameter] = value  # type: ignore[index]  # a name among its literals
        yield


def canvas(height: float = HEIGHT, rows: int = 1) -> "tuple[Figure, list[Axes]]":
    """Return a new figure with its axes, one below the other. It belongs to nobody else: no global state.

    Args:
        height: inches.
        rows: number of axes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = np.ravel(figure.subplots(rows, 1, squeeze=False))
    return figure, list(axes)


def unit_axis(axes: "Axes", which: str) -> None:
    """Let an axis (``x``, ``y`` or ``both``) reach from 0 to 1, with a little air."""
    if which in ("x", "both"):
        axes.set_xlim(-0.02, 1.02)
    if which in ("y", "both"):
        axes.set_ylim(-0.02, 1.02)


def legend(axes: "Axes", **options: Any) -> None:
    """Name what is drawn, where there is something to name."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**options)


def ring(axes: "Axes", x: float, y: float, label: str) -> None:
    """Draw a ring around what was chosen."""
    axes.plot(x, y, "o", label=label, mfc="none", mec=INK, mew=1.4, ms=10, clip_on=False, zorder=5)


def dot(axes: "Axes", x: float, y: float) -> None:
    """Draw a dot where the chosen threshold lies."""
    axes.plot(x, y, "o", color=INK, mec=PAPER, ms=6.5, clip_on=False, zorder=5)


def named(name: str, longest: int = _LONGEST) -> str:
    """Return a name as a figure can hold it: short, printable, and not taken for a private one."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)
    if len(text) > longest:
        text = f"{text[: longest - 1]}…"
    # matplotlib leaves out of a legend what begins with an underscore.
    return f"\N{ZERO WIDTH SPACE}{text}" if text.startswith("_") else text


def svg(figure: "Figure", name: str) -> bytes:
    """Return a figure as an SVG file, without dates and versions; inside of `style`.

    Args:
        figure: the figure.
        name: of the figure; it goes before the ids, so that several figures may stand on one page.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    # `savefig` would draw it twice.
    FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(buffer.getvalue())
    used = {value for node in root.iter() for value in _references(node)}
    for node in root.iter():
        _shortened(node, name, used)
        _hoisted(node)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _HREF[1:].partition("}")[0])
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def inlined(image: bytes, title: str) -> str:
    """Return a figure of `svg` as a part of a page, in the colours of the page.

    Args:
        image: as `svg` returned it.
        title: what a screen reader says.
    """
    root = ElementTree.fromstring(image)
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.attrib.update({"role": "img", "aria-label": title})
    for parent in root.iter():
        # A style sheet inside of a page would be one for the whole page.
        for sheet in parent.findall(f"{{{_SVG}}}style"):
            parent.remove(sheet)
        written = parent.get("style", "")
        for name, colour in COLOURS.items():
            written = written.replace(colour, f"var(--{name})")
        if written:
            parent.set("style", written.replace(f"; font-family: {_FONTS}", ""))
    return ElementTree.tostring(root, encoding="unicode")


def _references(node: ElementTree.Element) -> Iterator[str]:
    if (target := node.get(_HREF)) is not None:
        yield target.removeprefix("#")
    if (clip := node.get("clip-path")) is not None:
        yield clip.removeprefix("url(#").removesuffix(")")


def _hoisted(node: ElementTree.Element) -> None:
    """Say once, at the group, how its markers look: hundreds of points would each say it again."""
    markers = [child for child in node if child.tag == f"{{{_SVG}}}use"]
    styles = {child.get("style", "") for child in markers}
    if len(markers) < _SEVERAL or len(markers) < len(node) or len(styles) > 1 or node.get("style"):
        return
    node.set("style", styles.pop())
    for child in markers:
        child.attrib.pop("style", None)


def _shortened(node: ElementTree.Element, name: str, used: set[str]) -> None:
    """Drop ids that nothing refers to, and let those that stay begin with the name of the figure."""
    own = node.attrib.pop("id", None)
    if own in used:
        node.set("id", f"{name}-{own}")
    if (target := node.get(_HREF)) is not None:
        node.set(_HREF, f"#{name}-{target.removeprefix('#')}")
    if (clip := node.get("clip-path")) is not None:
        node.set("clip-path", clip.replace("url(#", f"url(#{name}-"))
    if (written := node.get("style")) is not None:
        node.set("style", written.replace(f"'{_FONT}', sans-serif", _FONTS))
    if (path := node.get("d")) is not None:
        node.set("d", " ".join(path.split()))
    if node.get("transform", "").startswith("rotate(-0 "):
        del node.attrib["transform"]
