"""Reports in a real browser: Chromium without a window, wide and narrow, light and dark, on paper."""

import json
import re
import shutil
import subprocess
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import cv2
import pytest

import mmml

pytestmark = pytest.mark.services

# Chromium's own settings: which scheme the user prefers.
DARK, LIGHT = 0, 1

# What a reader would notice: what sticks out, what cannot be read, what was asked for.
MEASURE = """<script>
addEventListener('load', () => {
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour) && colour !== 'transparent') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const told = node => `${node.tagName} ${node.getAttribute('class')}: ${node.textContent.trim()}`;
  const out = [], faint = [];
  for (const node of document.body.querySelectorAll('*')) {
    const box = node.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) out.push(told(node).slice(0, 80));
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !box.width) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(node.tagName === 'text' ? style.fill : style.color), light(behind(node))];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) faint.push(told(node).slice(0, 80));
  }
  const seen = {
    width: innerWidth, scroll: document.documentElement.scrollWidth, out, faint,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    back: light(getComputedStyle(document.body).backgroundColor),
    asked: performance.getEntriesByType('resource').map(entry => entry.name),
    pictures: [...document.images].filter(image => image.naturalWidth > 0).length,
    images: document.images.length, figures: document.querySelectorAll('figure svg').length,
  };
  parent.postMessage(JSON.stringify(seen), '*');
});
</script>"""

# A window has a least width; a frame can be as narrow as a telephone. It prefers the scheme of its page.
FRAME = """<!doctype html><meta name="color-scheme" content="light dark">
<body style="margin: 0"><iframe src="copy.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<script>onmessage = event => document.body.setAttribute('data-seen', event.data);</script></body>"""


@cache
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "this test needs Chromium: apt-get install chromium"
    return found


def asked(page: Path, profile: Path, *flags: str, scheme: int = LIGHT) -> str:
    quiet = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    )
    look = ("--window-size=1280,900", f"--blink-settings=preferredColorScheme={scheme}")
    command = [browser(), *quiet, f"--user-data-dir={profile}", *look, *flags, page.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def measured(page: Path, folder: Path, width: int, scheme: int) -> dict[str, Any]:
    """Open a copy of a page that measures itself; the policy of the page would not let a script run."""
    text, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    assert removed == 1
    (folder / "copy.html").write_text(text.replace("</head>", f"{MEASURE}</head>"))
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width))
    dom = asked(frame, folder / "profile", "--dump-dom", "--virtual-time-budget=5000", scheme=scheme)
    found = re.search(r'data-seen="([^"]*)"', dom)
    assert found, dom[:500]
    return dict(json.loads(unescape(found[1])))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, drawn: Path, store: Path) -> Path:
    """The report of a model with three classes whose names no page was made for."""
    folder = tmp_path_factory.mktemp("odd")
    names = ("sharp", "x" * 300, "<img src=//evil.example/x.png>")
    lines = ["path,label,note"]
    for i, path in enumerate(sorted(drawn.glob("*/*.jpg"))):
        label = names[0] if path.parent.name == "sharp" else names[1 + i % 2]
        lines.append(f"{path},{label},{'y' * 200 if i % 2 else '<script src=//evil.example/></script>'}")
    (folder / "odd.csv").write_text("\n".join(lines))
    words = [
        f"dataset.path={folder}/odd.csv",
        f"paths.outputs={folder}",
        f"store.backend.path={folder}/models",
    ]
    result = mmml.train(
        [
            "+experiment=blur_gradients",
            "dataset=table",
            "task.positive=null",
            "tracker=none",
            "task.folds=3",
            *words,
        ]
    )
    return result.report


@pytest.fixture(params=["two classes", "odd names"])
def page(request: pytest.FixtureRequest, trained_bundle: Path) -> Path:
    if request.param == "two classes":
        return trained_bundle / "report.html"
    return Path(request.getfixturevalue("odd"))


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_sticks_out_is_faint_or_comes_from_elsewhere(
    page: Path, elsewhere: Path, width: int, scheme: int
) -> None:
    seen = measured(page, elsewhere, width, scheme)
    assert seen["width"] == width
    assert seen["scroll"] <= width
    assert seen["out"] == []
    assert seen["faint"] == []
    assert seen["asked"] == []
    assert seen["dark"] == (scheme == DARK)
    assert (seen["back"] < 0.1) == (scheme == DARK)
    assert seen["pictures"] == seen["images"] > 0
    assert seen["figures"] >= 5


def test_the_measure_sees_what_a_bad_page_does(elsewhere: Path) -> None:
    bad = elsewhere / "bad.html"
    bad.write_text(
        '<html><head><meta http-equiv="Content-Security-Policy" content=""></head><body>'
        '<p style="width: 2000px; color: #ddd">far and faint</p><img src="http://127.0.0.1:9/x.png"></body></html>'
    )
    seen = measured(bad, elsewhere, 375, LIGHT)
    assert seen["scroll"] > 1000
    assert seen["out"]
    assert seen["faint"]
    assert seen["asked"] == ["http://127.0.0.1:9/x.png"]


def test_the_page_looks_the_same_to_the_eye_and_on_paper(trained_bundle: Path, elsewhere: Path) -> None:
    page = trained_bundle / "report.html"
    for scheme, dark in ((LIGHT, False), (DARK, True)):
        picture = elsewhere / f"{scheme}.png"
        asked(page, elsewhere / "profile", f"--screenshot={picture}", scheme=scheme)
        pixels = cv2.imread(str(picture))
        assert pixels.shape == (900, 1280, 3)
        assert (pixels.mean() < 80) == dark
        assert pixels.std() > 5
    paper = elsewhere / "paper.pdf"
    asked(page, elsewhere / "profile", f"--print-to-pdf={paper}", scheme=DARK)
    assert paper.read_bytes().startswith(b"%PDF")
