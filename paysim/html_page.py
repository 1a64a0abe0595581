"""The frame of the pages that paysim writes to files: one file that needs nothing else, for a screen of any width,
light or dark, and for paper. What a page shows, and how that looks, is the page's own."""

import html

_STYLE = """
:root {
  --page: #f5f7fa; --card: #ffffff; --ink: #1f2933; --soft: #52606d; --line: #d8dee6; --track: #eef1f5;
  --ok: #13653c; --bad: #b4231a;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --card: #1d232a; --ink: #e6eaef; --soft: #a7b1bd; --line: #343d47; --track: #2a323b;
    --ok: #6fd49f; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); }
body { margin: 0 auto; padding: 24px; max-width: 1240px; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 0 0 4px; }
p { margin: 0 0 16px; color: var(--soft); }
a { color: inherit; }
section, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
section, figure { padding: 16px; margin: 0 0 16px; }
.ok { color: var(--ok); } .failed { color: var(--bad); font-weight: 600; }
@media (max-width: 720px) { body, section, figure { padding: 12px; } }
@media print {
  :root { --page: #ffffff; --ink: #000000; --soft: #444444; }
  body { padding: 0; max-width: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def document(title: str, style: str, main: str) -> str:
    """A whole page. title: plain text, which is its heading too. style: CSS of its own, which comes after that of all
    pages. main: HTML."""
    title = html.escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{_STYLE}{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{main}
</main>
</body>
</html>
"""
