"""A directive that shows what a notebook shows: code, and the HTML form of its last expression.

    ```{html-form}
    import lhnets as ml
    ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV")
    ```

The code runs in a namespace of its own at each build.
"""

import ast
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class HtmlForm(SphinxDirective):
    """Code, and below it the HTML form of what it ends with."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """A block of code, and the HTML."""
        code = "\n".join(self.content)
        shown = nodes.literal_block(code, code, language="python")
        form = nodes.raw("", f'<div class="html-form">{evaluate(code)}</div>', format="html")
        return [shown, form]


def evaluate(code: str) -> str:
    """The HTML form of the last expression of ``code``."""
    tree = ast.parse(code)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        raise ValueError(f"the code must end with an expression, got {ast.unparse(last)!r}")
    namespace: dict[str, Any] = {}
    exec(compile(ast.Module(tree.body[:-1], []), "<html-form>", "exec"), namespace)
    found = eval(compile(ast.Expression(last.value), "<html-form>", "eval"), namespace)
    return str(found._repr_html_())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("html-form", HtmlForm)
    return {"parallel_read_safe": True}
