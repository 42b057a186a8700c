"""Colours and letter widths of the SVG. Selectors carry the drawing's class: inside HTML they touch nothing else."""

# Hues far apart for neighbours in the list, and none is the red of a failure; each group takes one, lightness follows the reader's colour scheme.
HUES = (212, 164, 36, 270, 316, 190, 76, 240, 22, 126)
PALETTE = len(HUES)

# Widths in em of letters that differ from the mean, and how much wider bold is: as in the widest usual font, DejaVu Sans.
BOLD = 1.14
LETTER = (
    dict.fromkeys("iljI|.,:;!'`", 0.36)
    | dict.fromkeys("ftr()[]{}/- ", 0.46)
    | dict.fromkeys("mwMW@%", 1.0)
    | dict.fromkeys("bdghknpqu", 0.65)
    | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ_&", 0.76)
)

_LIGHT = (
    "--ground:#ffffff;--ink:#1b2430;--quiet:#66717f;--edge:#b3bcc8;--badge:#ffffffb8;"
    "--ok:#1a7f4b;--warn:#b26a00;--failed:#c8322b"
)
_DARK = (
    "--ground:#12161c;--ink:#e8edf3;--quiet:#98a4b3;--edge:#4b5766;--badge:#0b0e1270;"
    "--ok:#3fb27a;--warn:#e0a03c;--failed:#f0665e"
)


def _colours(fill: str, line: str) -> str:
    return "".join(
        f".dagway-graph .c{number}{{--fill:hsl({hue} {fill});--line:hsl({hue} {line})}}"
        for number, hue in enumerate(HUES)
    )


STYLE = (
    f".dagway-graph{{{_LIGHT};font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
    "display:block}"
    f"{_colours('70% 95%', '55% 48%')}"
    f"@media (prefers-color-scheme:dark){{.dagway-graph{{{_DARK}}}{_colours('30% 19%', '50% 58%')}}}"
    ".dagway-graph .ground{fill:var(--ground)}"
    ".dagway-graph .edge{fill:none;stroke:var(--edge);stroke-width:1.5}"
    ".dagway-graph .box{fill:var(--fill);stroke:var(--line);stroke-width:1.2}"
    ".dagway-graph .external .box{stroke-dasharray:5 4}"
    ".dagway-graph .node:hover .box{stroke-width:2.4}"
    ".dagway-graph text{fill:var(--ink)}"
    ".dagway-graph .name{font-size:13px;font-weight:600}"
    ".dagway-graph .prefix{font-weight:400;fill:var(--quiet)}"
    ".dagway-graph .line{font-size:11px;fill:var(--quiet)}"
    ".dagway-graph .badge{fill:var(--badge)}"
    ".dagway-graph .kind{font-size:10px;text-anchor:middle;fill:var(--ink)}"
    ".dagway-graph .key{fill:var(--fill);stroke:var(--line);stroke-width:1.2}"
    ".dagway-graph .legend{font-size:12px;fill:var(--quiet)}"
    ".dagway-graph .sign{font-size:11px;font-weight:700;text-anchor:middle;fill:#fff}"
    ".dagway-graph .ok .mark{fill:var(--ok)}"
    ".dagway-graph .warn .mark{fill:var(--warn)}.dagway-graph .warn .box{stroke:var(--warn);stroke-width:2}"
    ".dagway-graph .failed .mark{fill:var(--failed)}.dagway-graph .failed .box{stroke:var(--failed);stroke-width:2}"
)
