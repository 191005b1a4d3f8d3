"""Pages of an account: signing in by a code, how one is told, one's own requests."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any, Final, Literal

from chassis.pages import OWN_NAMES, Words, page, word
from contracts.city import City

Step = Literal["address", "code"]
WORDS: Final[Words] = {
    "title": {"en": "Your account", "es": "Su cuenta"},
    "email": {"en": "E-mail address", "es": "Correo electrónico"},
    "send_code": {"en": "Send me a code", "es": "Enviarme un código"},
    "code": {"en": "The six digits from the mail", "es": "Los seis dígitos del correo"},
    "sign_in": {"en": "Sign in", "es": "Entrar"},
    "sign_out": {"en": "Sign out", "es": "Salir"},
    "save": {"en": "Save", "es": "Guardar"},
    "saved": {"en": "Saved.", "es": "Guardado."},
    "how": {"en": "How you are told", "es": "Cómo le avisamos"},
    "name": {"en": "Name", "es": "Nombre"},
    "language": {"en": "Language", "es": "Idioma"},
    "updates": {"en": "Tell me about my requests", "es": "Avísenme sobre mis solicitudes"},
    "channels": {
        "en": "I agree to be told by these; with none, by what I gave with a report",
        "es": "Acepto que me avisen por estos medios; sin ninguno, por lo que di al reportar",
    },
    "notices": {
        "en": "I also agree to hear the city's own notices by these; with none, I hear of my requests alone",
        "es": "También acepto los avisos de la ciudad por estos medios; sin ninguno, solo sobre mis solicitudes",
    },
    "channel_email": {"en": "E-mail", "es": "Correo electrónico"},
    "channel_sms": {"en": "Text message", "es": "Mensaje de texto"},
    "channel_voice": {"en": "A call that reads it out", "es": "Una llamada que lo lee"},
    "channel_push": {"en": "A notice in this browser", "es": "Un aviso en este navegador"},
    "channel_letter": {"en": "A letter", "es": "Una carta"},
    "postal_address": {"en": "Where letters go", "es": "Dirección para cartas"},
    "frequency": {"en": "How often", "es": "Con qué frecuencia"},
    "every": {"en": "Of every step", "es": "De cada paso"},
    "milestones": {"en": "Of what matters most", "es": "De lo más importante"},
    "digest": {"en": "Once a day, all in one", "es": "Una vez al día, todo junto"},
    "quiet_from": {"en": "Nothing from", "es": "Nada desde las"},
    "quiet_until": {"en": "until", "es": "hasta las"},
    "push": {"en": "Let this browser show notices", "es": "Permitir avisos en este navegador"},
    "push_on": {"en": "This browser shows notices.", "es": "Este navegador muestra avisos."},
    "push_failed": {"en": "The browser did not allow it.", "es": "El navegador no lo permitió."},
    "feedback": {"en": "Tell the city what you think", "es": "Dígale a la ciudad lo que piensa"},
    "requests": {"en": "Your requests", "es": "Sus solicitudes"},
    "wrong": {"en": "Please look at this again:", "es": "Por favor revise esto:"},
}
CHANNELS: Final = ("email", "sms", "voice", "push", "letter")
_FREQUENCIES: Final = ("every", "milestones", "digest")
SCRIPT: Final = """\
"use strict";
(function () {
  var button = document.querySelector("[data-push]"), said = document.querySelector("[data-push-said]");
  if (!button || !("serviceWorker" in navigator) || !("PushManager" in window)) { return; }
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/") + "===".slice((text.length + 3) % 4));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    navigator.serviceWorker.register("push-worker.js").then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (worker) {
      var key = bytes(button.dataset.push);
      return worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key});
    }).then(function (subscription) {
      var told = subscription.toJSON();
      return fetch("account/push", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(
        {endpoint: told.endpoint, p256dh: told.keys.p256dh, auth: told.keys.auth})});
    }).then(function (answer) {
      said.textContent = answer.ok ? said.dataset.on : said.dataset.failed;
    }).catch(function () { said.textContent = said.dataset.failed; });
  });
})();
"""
"""Subscribes the browser, which only a script can; everything else on the page is a form."""
WORKER: Final = """\
"use strict";
self.addEventListener("push", function (event) {
  var told = event.data ? event.data.json() : {title: "311"};
  event.waitUntil(self.registration.showNotification(told.title, {body: told.body, lang: told.lang, data: told.url}));
});
self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  if (event.notification.data) { event.waitUntil(self.clients.openWindow(event.notification.data)); }
});
"""


def sign_in_page(language: str, step: Step, email: str = "", problem: str = "") -> str:
    """Ask for an address, then for the code that went there.

    >>> 'action="account/session?lang=en"' in sign_in_page("en", "code", "pat@example.org")
    True
    """
    mailbox = f'value="{escape(email)}" autocomplete="email" required'
    body = _field("email", language, f'type="email" {mailbox}')
    if step == "code":
        body += _field("code", language, 'type="text" inputmode="numeric" autocomplete="one-time-code" required')
    action, button = ("account/code", "send_code") if step == "address" else ("account/session", "sign_in")
    return _page(language, _alert(language, problem) + _form(language, action, body, button))


def account_page(
    city: City,
    me: Mapping[str, Any],
    requests: Sequence[Mapping[str, Any]],
    language: str,
    push_key: str = "",
    *,
    saved: bool = False,
    problem: str = "",
) -> str:
    """Show what somebody chose, to be chosen anew, and their requests.

    >>> from intake.domain.conversations.examples import example
    >>> me = {"name": "<b>Pat</b>", "updates": True, "channels": ["sms"], "frequency": "digest"}
    >>> shown = account_page(example()[1].city, me, [], "es")
    >>> '<input type="radio" name="frequency" value="digest" checked>' in shown, "<b>" in shown
    (True, False)
    """
    done = f'<p role="status">{escape(word(WORDS, "saved", language))}</p>' if saved else ""
    out = _form(language, "account/sign-out", "", "sign_out")
    choices = _form(language, "account", _choices(city, me, language), "save")
    listed = "".join(_request(one, language) for one in requests)
    own = f"<h2>{escape(word(WORDS, 'requests', language))}</h2><ul>{listed}</ul>"
    if me.get("feedback_link"):
        own += f'<p><a href="{escape(me["feedback_link"])}">{escape(word(WORDS, "feedback", language))}</a></p>'
    how = f"<h2>{escape(word(WORDS, 'how', language))}</h2>"
    return _page(language, f"{_alert(language, problem)}{done}{how}{choices}{_push(push_key, language)}{own}{out}")


def _choices(city: City, me: Mapping[str, Any], language: str) -> str:
    chosen = me.get("language") or language
    options = "".join(
        f'<option value="{one}"{" selected" if one == chosen else ""}>{OWN_NAMES.get(one, one)}</option>'
        for one in city.profile.languages
    )
    select = f'<div class="field"><label for="language">{escape(word(WORDS, "language", language))}</label> '
    often = "".join(
        _choice("radio", "frequency", one, one, language, is_on=one == me["frequency"]) for one in _FREQUENCIES
    )
    address = escape(me.get("postal_address") or "")
    return (
        _field("name", language, f'type="text" value="{escape(me.get("name") or "")}" maxlength="200"')
        + f'{select}<select id="language" name="language">{options}</select></div>'
        + _choice("checkbox", "updates", "yes", "updates", language, is_on=bool(me["updates"]))
        + _group("channels", _ways("channels", me["channels"], language), language)
        + f'<div class="field"><label for="postal_address">{escape(word(WORDS, "postal_address", language))}</label>'
        + f'<textarea id="postal_address" name="postal_address" rows="3" maxlength="500">{address}</textarea></div>'
        + _group("notices", _ways("notices", me.get("notices", ()), language), language)
        + _group("frequency", often, language)
        + "".join(
            _field(name, language, f'type="time" value="{escape(me.get(name) or "")}"')
            for name in ("quiet_from", "quiet_until")
        )
    )


def _ways(name: str, chosen: Collection[str], language: str) -> str:
    return "".join(_choice("checkbox", name, way, f"channel_{way}", language, is_on=way in chosen) for way in CHANNELS)


def _group(name: str, choices: str, language: str) -> str:
    return f"<fieldset><legend>{escape(word(WORDS, name, language))}</legend>{choices}</fieldset>"


def _choice(kind: str, name: str, value: str, said: str, language: str, *, is_on: bool) -> str:
    mark = " checked" if is_on else ""
    box = f'<input type="{kind}" name="{name}" value="{value}"{mark}>'
    return f'<label class="choice">{box} {escape(word(WORDS, said, language))}</label>'


def _field(name: str, language: str, more: str) -> str:
    label = escape(word(WORDS, name, language))
    return f'<div class="field"><label for="{name}">{label}</label><input id="{name}" name="{name}" {more}></div>'


def _form(language: str, action: str, fields: str, button: str) -> str:
    said = escape(word(WORDS, button, language))
    return f'<form method="post" action="{action}?lang={language}">{fields}<button type="submit">{said}</button></form>'


def _push(key: str, language: str) -> str:
    if not key:
        return ""
    on, failed = (escape(word(WORDS, name, language)) for name in ("push_on", "push_failed"))
    button = f'<button type="button" data-push="{escape(key)}" hidden>{escape(word(WORDS, "push", language))}</button>'
    return f'{button}<p data-push-said data-on="{on}" data-failed="{failed}" role="status"></p>'


def _request(one: Mapping[str, Any], language: str) -> str:
    named = one["service_name"].get(language) or one["service_code"]
    state = (one.get("substatus_name") or {}).get(language, one["status"])
    link = f'<a href="{escape(one["manage_link"])}">{escape(one["tracking_number"])}</a>'
    return f"<li>{link} {escape(named)}: {escape(state)}</li>"


def _alert(language: str, problem: str) -> str:
    return f'<p role="alert">{escape(word(WORDS, "wrong", language))} {escape(problem)}</p>' if problem else ""


def _page(language: str, body: str) -> str:
    return page(language, word(WORDS, "title", language), body, "account-page.js")
