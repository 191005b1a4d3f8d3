"""Hostile words and documents: Unicode's corners, other languages' quoting, oversize, XML with entities."""

WORDS = (
    "\x00", "\x00" * 50, "\x01\x02\x1b[31m", "\ufffe\uffff", "\u202eevil", "Z͑ͫ̓a̴l̵g̶o" * 100,
    "\U0001f469\u200d" * 500, "\U0010ffff",
    "' OR 1=1 --", "$1; DROP TABLE request", "%s%n%x", "{{7*7}}", "${jndi:ldap://x}", "<script>alert(1)</script>",
    "]]><x/>", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;", "&amp;&#0;&#x1F;", "../../etc/passwd",
    "x" * 4001, "x" * 1_000_000, "é" * 4000, "A\r\nSet-Cookie: a=b", "\r", " ", "null", "NaN", "-0", "1e400",
    "\uff11\uff12",
    "9" * 5000, "true", "[]", "{}", "0x10", "\u0000\ud7ff", "\u0130\u0131\u017fK", "ﬀﬃ", "\u2028\u2029",
)  # fmt: skip


def _laughs() -> bytes:
    """Ten names, each ten times the one before: a small document that becomes gigabytes where entities are read."""
    named = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{named}]><a>&l9;</a>'.encode()


XML = (
    _laughs(),
    b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 50_000 + b'">]><a>' + b"&b;" * 20_000 + b"</a>",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "http://127.0.0.1:1/">]><a>&b;</a>',
    b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;]><a/>',
    b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
    b'<!DOCTYPE a [<!ENTITY b "&c;"><!ENTITY c "&b;">]><a>&b;</a>',
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></a>',
    b"<a>" * 50_000,
    b'<?xml version="1.0" encoding="utf-16"?><a/>',
    b"<requests><request><service_code>other</service_code></request></requests>",
)
"""Documents with entities (inner, outer, parameters, in a circle, by the million), depth, and other encodings."""
