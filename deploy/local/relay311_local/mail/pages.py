"""The mail sink's pages: a list and one mail, readable without JavaScript and safe with hostile content."""

from collections.abc import Sequence
from email.message import EmailMessage
from html import escape
from typing import Final

from relay311_local.mail.box import Mail, body

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem;border-bottom:1px solid #767676}"
    "pre{white-space:pre-wrap;background:#f4f4f4;padding:1rem}iframe{width:100%;height:30rem;border:1px solid #767676}"
)


def list_page(mails: Sequence[Mail], recipient: str, total: int) -> str:
    """Show the newest mails and a form to ask for one recipient's."""
    rows = "".join(
        f'<tr><td><a href="/mails/{m.id}">{escape(m.subject) or "(no subject)"}</a></td>'
        f"<td>{escape(m.recipient)}</td><td><time>{escape(m.received_at[:19])}</time></td></tr>"
        for m in mails
    )
    return page(
        "Mail sink",
        f"<p>{total} mails were taken and none was sent on. Shown: the newest {len(mails)}.</p>"
        '<form method="get" action="/"><label for="to">Recipient</label> '
        f'<input id="to" name="to" type="email" value="{escape(recipient)}"> <button>Show</button></form>'
        '<table><thead><tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">Received (UTC)</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>",
    )


def mail_page(mail: Mail, message: EmailMessage) -> str:
    """Show one mail: its text escaped, its HTML in a frame that may run and load nothing."""
    frame = f'<h2>HTML</h2><iframe sandbox title="The mail as HTML" src="/mails/{mail.id}/html"></iframe>'
    return page(
        escape(mail.subject) or "(no subject)",
        f"<p>From {escape(mail.sender)} to {escape(mail.recipient)}, <time>{escape(mail.received_at[:19])}</time> UTC. "
        f'<a href="/">All mails</a></p><h2>Text</h2><pre>{escape(body(message, "plain"))}</pre>'
        + (frame if body(message, "html") else ""),
    )


def page(title: str, content: str) -> str:
    """Put a page together; `title` is HTML already."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>"
    )
