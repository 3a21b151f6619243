package io.tricolor.router.testing;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Requests, byte by byte, and what instances answer to them. */
final class RawCases {

    /** Header of requests whose body turns out to be broken: whether an instance has seen anything of it is chance. */
    static final String BROKEN = "X-Broken";

    /**
     * One request on one connection.
     *
     * @param name says which difference is known
     * @param method as the client has to know it to read the answer
     * @param parts what is sent, each part in a segment of its own
     * @param cut whether the client goes away after the last part
     * @param tunnel bytes that are sent after a 101, and come back
     */
    record Case(String name, String method, List<String> parts, boolean cut, int tunnel) {

        static Case of(String name, String method, String bytes) {
            return new Case(name, method, List.of(bytes), false, 0);
        }
    }

    private final List<Case> cases = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();

    private RawCases() {}

    static List<Case> all() {
        RawCases all = new RawCases();
        all.targets();
        all.headers();
        all.cookies();
        all.methodsAndBodies();
        all.answers();
        all.oldProtocol();
        all.hosts();
        all.ambiguous();
        all.crossOrigin();
        all.upgrades();
        all.slowAndCut();
        return List.copyOf(all.cases);
    }

    private void add(Case one) {
        if (!names.add(one.name())) {
            throw new IllegalStateException("twice: " + one.name());
        }
        cases.add(one);
    }

    private static String head(String line, String... headers) {
        return line + "\r\nHost: shop.example\r\n" + String.join("", headers) + "\r\n";
    }

    private void get(String name, String target, String... headers) {
        add(Case.of(name, "GET", head("GET " + target + " HTTP/1.1", headers)));
    }

    private void targets() {
        List<String> targets = new ArrayList<>(List.of(
                "/",
                "/a",
                "/a/b/c",
                "/a/",
                "//",
                "//a",
                "/a//b",
                "/a/./b",
                "/a/../b",
                "/./a",
                "/a/..",
                "/..",
                "/../a",
                "/a/../../b",
                "/a/%2e%2e/b",
                "/%2e%2e/a",
                "/a%2fb",
                "/a%2Fb",
                "/%41",
                "/%zz",
                "/%",
                "/%0",
                "/%00",
                "/a%20b",
                "/a+b",
                "/a?x=1",
                "/a?",
                "/?",
                "/a?x=1?y=2",
                "/a?x=%20",
                "/a?x=+",
                "/a?x=%zz",
                "/a?x=%",
                "/a?%00",
                "/a?x=a%26b",
                "/a#b",
                "/a?x#y",
                "/a;x=1",
                "/a;",
                "/:",
                "/@",
                "/a=b&c",
                "/a,b",
                "/~a",
                "/-._~",
                "/!$&'()*+,;=",
                "/a%C3%A9",
                "/\u00c3\u00a9",
                "/a?x=\u00c3\u00a9",
                "/\u00e9",
                "/a?x=\u00ff",
                "/%e9",
                "/\u00f0\u009f\u0098\u0080",
                "/a\\b",
                "/a\\..\\b",
                "/a%5cb",
                "http://shop.example/a",
                "http://other.example/a?x=1",
                "HTTP://shop.example/",
                "http://shop.example",
                "https://shop.example/a",
                "*",
                "a",
                "shop.example:80",
                "/a b",
                "/a\tb",
                "/a\u0001b",
                "/a\u007fb",
                "/a?x=[1]",
                "/[a]",
                "/a?x={1}",
                "/a?x=1&x=2&&",
                "/a?=",
                "/%7B%7D%7C",
                "/.",
                "/...",
                "/a/...",
                "/.hidden",
                "/a%0d%0ab",
                "/a?x=%0d%0a"));
        for (String raw : List.of("{", "}", "|", "^", "\"", "<", ">", "`")) {
            targets.add("/raw" + raw);
            targets.add("/raw?x=" + raw);
        }
        targets.add("/" + "long/".repeat(1_000));
        targets.add("/?" + "x=1&".repeat(1_500));
        for (String target : targets) {
            String shown = target.length() > 60 ? target.substring(0, 20) + "..." + target.length() : target;
            get("target " + readable(shown), target);
        }
    }

    /** Latin-1 control and other bytes as escapes. */
    private static String readable(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c < ' ' || c > '~' ? "\\x%02x".formatted(c) : Character.toString(c)));
        return out.toString();
    }

    private void headers() {
        List<String> lines = List.of(
                "X-A: 1",
                "X-A:1",
                "X-A:   1   ",
                "X-A:\t1\t",
                "X-A:",
                "X-A: ",
                "x-a: 1\r\nX-A: 2",
                "X_Under: 1",
                "X.Dot: 1",
                "X!#$%&'*+-.^_`|~9: token",
                "X-Utf8: Zo\u00c3\u00ab",
                "X-Latin: \u00e9",
                "X-Quote: \"a,b\"",
                "X-Comma: a, b,c",
                "X-Semi: a; b",
                "X-Colon: a:b:c",
                "X-Long: " + "v".repeat(7_000),
                "Accept: */*",
                "Accept: text/html;q=0.5\r\nAccept: text/plain",
                "User-Agent: me/1.0",
                "Accept-Encoding: gzip, br",
                "Authorization: Bearer abc",
                "Proxy-Authorization: Basic abc",
                "Range: bytes=0-4",
                "Range: bytes=-5",
                "Range: bytes=0-1,3-4",
                "If-None-Match: \"1\"",
                "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
                "If-Range: \"1\"\r\nRange: bytes=0-1",
                "Content-Type: text/plain",
                "Content-Length: 0",
                "TE: trailers",
                "Te: gzip",
                "Trailer: X-T",
                "Via: 1.1 other",
                "Forwarded: for=1.2.3.4",
                "X-Forwarded-For: 6.6.6.6",
                "X-Forwarded-Host: evil",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Port: 1",
                "X-Forwarded-Prefix: /p",
                "X-Real-IP: 6.6.6.6",
                "Connection: close",
                "Connection: keep-alive",
                "Connection: X-Gone\r\nX-Gone: 1",
                "Connection: close, X-Gone\r\nX-Gone: 1",
                "Keep-Alive: timeout=5",
                "Proxy-Connection: keep-alive",
                "Cache-Control: no-cache",
                "Pragma: no-cache",
                "Origin: http://a.example",
                "Referer: http://a/?b#c",
                "Expect: something",
                "Max-Forwards: 5",
                "X-Application-Context: a",
                "X-Tricolor-Cluster: B",
                "Sec-Fetch-Mode: cors",
                "Content-Encoding: gzip",
                "Host-X: a",
                "Date: now");
        for (String line : lines) {
            String shown = line.length() > 60 ? line.substring(0, 20) + "..." : line;
            get("header " + readable(shown), "/headers", line + "\r\n");
        }
    }

    private void cookies() {
        List<String> lines = List.of(
                "Cookie: a=1",
                "Cookie: a=1; b=2",
                "Cookie: a=1;b=2",
                "Cookie: a=1\r\nCookie: b=2",
                "Cookie: a=b,c",
                "Cookie: a=\"q;x\"",
                "Cookie: a",
                "Cookie: =1",
                "Cookie: a=1;; b=2",
                "Cookie: a=1; a=2",
                "Cookie:",
                "Cookie: a=\u00c3\u00a9",
                "Cookie: $Version=1; a=1",
                "Cookie: a==",
                "cookie: a=1",
                "Cookie: a=1 ");
        for (String line : lines) {
            get("cookie " + readable(line), "/cookies", line + "\r\n");
        }
    }

    private void methodsAndBodies() {
        Map<String, String> bodies = new LinkedHashMap<>();
        bodies.put("no body", "\r\n");
        bodies.put("length 0", "Content-Length: 0\r\n\r\n");
        bodies.put("length 5", "Content-Length: 5\r\n\r\norder");
        bodies.put("chunks", "Transfer-Encoding: chunked\r\n\r\n3\r\nord\r\n2\r\ner\r\n0\r\n\r\n");
        bodies.put("no chunk", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        bodies.put("trailers", "Transfer-Encoding: chunked\r\n\r\n5\r\norder\r\n0\r\nX-T: 1\r\n\r\n");
        bodies.put("chunk extension", "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\norder\r\n0\r\n\r\n");
        for (String method :
                List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE", "REPORT")) {
            bodies.forEach((name, rest) -> add(Case.of(
                    method + " with " + name, method, method + " /m HTTP/1.1\r\nHost: shop.example\r\n" + rest)));
        }
        for (String method : List.of("TRACE", "CONNECT", "get", "M-SEARCH", "FOO_BAR", "F(", "X".repeat(40))) {
            add(Case.of("method " + method, "GET", head(method + " /m HTTP/1.1")));
        }
        String large = "x".repeat(300_000);
        add(Case.of("POST with much", "POST", head("POST /m HTTP/1.1", "Content-Length: 300000\r\n") + large));
        add(Case.of(
                "POST with upper-case coding",
                "POST",
                head("POST /m HTTP/1.1", "Transfer-Encoding: Chunked\r\n") + "5\r\norder\r\n0\r\n\r\n"));
        add(new Case(
                "POST that expects 100",
                "POST",
                List.of(head("POST /m HTTP/1.1", "Content-Length: 5\r\nExpect: 100-continue\r\n"), "order"),
                false,
                0));
    }

    /** What an instance says; the name of each is that of its script. */
    static Map<String, String> spoken() {
        Map<String, String> all = new LinkedHashMap<>();
        String ok = "HTTP/1.1 200 OK\r\n";
        all.put("length", ok + "Content-Length: 2\r\n\r\nok");
        all.put("chunks", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        all.put("trailers", ok + "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n");
        all.put("to the end", ok + "\r\nok!");
        all.put("to the end, said", ok + "Connection: close\r\n\r\nok");
        all.put("nothing", ok + "Content-Length: 0\r\n\r\n");
        all.put("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok!");
        all.put("HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok");
        for (String status : List.of(
                "201 Created",
                "202 Accepted",
                "203 X",
                "226 IM Used",
                "299 Odd",
                "301 Moved",
                "302 Found",
                "303 See Other",
                "307 Temporary",
                "308 Permanent",
                "400 Bad",
                "401 No",
                "402 Pay",
                "403 No",
                "404 None",
                "405 No",
                "409 Conflict",
                "410 Gone",
                "411 Length",
                "412 Failed",
                "413 Large",
                "415 Type",
                "416 Range",
                "418 Teapot",
                "422 No",
                "429 Many",
                "444 X",
                "451 Law",
                "499 Gone",
                "500 X",
                "501 X",
                "502 X",
                "503 X",
                "504 X",
                "505 X",
                "507 X",
                "599 Odd")) {
            all.put("status " + status, "HTTP/1.1 " + status + "\r\nContent-Length: 2\r\nLocation: /x\r\n\r\nok");
        }
        all.put("status 204", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n");
        all.put("status 205", "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n");
        all.put("status 304", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
        all.put("status 304 with length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\n");
        all.put("status 206", "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/5\r\nContent-Length: 2\r\n\r\nok");
        all.put("no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok");
        all.put("status 999", "HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok");
        all.put("status 100", "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok");
        all.put("status 102", "HTTP/1.1 102 Processing\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok");
        all.put("status 103", "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok");
        all.put(
                "headers",
                ok + "Content-Length: 2\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n"
                        + "Server: mine\r\nX-Utf8: \u00c3\u00a9\r\nVary: a, b\r\nVia: 1.1 x\r\n"
                        + "Cache-Control: no-store\r\nETag: W/\"1\"\r\nContent-Type: text/plain;charset=x\r\n"
                        + "Content-Encoding: gzip\r\nX-Empty:\r\n\r\nok");
        all.put(
                "steering",
                ok + "Content-Length: 2\r\nX-Accel-Redirect: /x\r\nX-Accel-Buffering: no\r\nRefresh: 1\r\n\r\nok");
        all.put(
                "hop by hop",
                ok + "Content-Length: 2\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=9\r\n"
                        + "Proxy-Authenticate: Basic\r\nTrailer: X-T\r\n\r\nok");
        all.put("content type odd", ok + "Content-Length: 2\r\nContent-Type: ;;\r\n\r\nok");
        all.put("two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!");
        all.put("the same length twice", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok");
        all.put(
                "length and chunks",
                ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        all.put("garbage", "no http at all\r\n\r\n");
        all.put("folded", ok + "Content-Length: 2\r\nX-A: 1\r\n  2\r\n\r\nok");
        all.put("line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
        all.put("closed at once", "");
        all.put("cut head", "HTTP/1.1 200 OK\r\nContent-Le");
        all.put("cut body", ok + "Content-Length: 10\r\n\r\nok");
        all.put("cut chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nok");
        all.put("large head", ok + "Content-Length: 2\r\nX-Large: " + "v".repeat(10_000) + "\r\n\r\nok");
        all.put("much", ok + "Content-Length: 300000\r\n\r\n" + "y".repeat(300_000));
        all.put(
                "event stream",
                ok + "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "9\r\ndata: a\n\n\r\n0\r\n\r\n");
        return all;
    }

    private static final Set<String> ENDS = Set.of(
            "to the end",
            "to the end, said",
            "HTTP/1.0",
            "closed at once",
            "cut head",
            "cut body",
            "cut chunk",
            "garbage");

    static Map<String, RawInstance.Script> scripts() {
        Map<String, RawInstance.Script> scripts = new LinkedHashMap<>();
        spoken().forEach((name, bytes) -> scripts.put(name, (request, socket) -> {
            request.body();
            String said = request.method().equals("HEAD") && bytes.contains("\r\n\r\n")
                    ? bytes.substring(0, bytes.indexOf("\r\n\r\n") + 4)
                    : bytes;
            RawInstance.write(socket, said);
            if (ENDS.contains(name)) {
                socket.close();
            }
        }));
        scripts.put("web socket", (request, socket) -> {
            RawInstance.write(
                    socket,
                    String.join(
                            "\r\n",
                            "HTTP/1.1 101 Switching Protocols",
                            "Upgrade: websocket",
                            "Connection: Upgrade",
                            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                            "\r\n"));
            echo(request, socket);
        });
        scripts.put("early answer", (request, socket) -> {
            RawInstance.write(socket, "HTTP/1.1 413 Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            request.body();
            socket.close();
        });
        return scripts;
    }

    private static void echo(RawInstance.Request request, Socket socket) throws IOException {
        byte[] bytes = new byte[8_192];
        int length;
        while ((length = request.raw().read(bytes)) > 0) {
            socket.getOutputStream().write(bytes, 0, length);
        }
        socket.close();
    }

    private static String script(String name) {
        return RawInstance.SCRIPT + ": " + name + "\r\n";
    }

    private void answers() {
        for (String name : spoken().keySet()) {
            get("answer " + name, "/answer", script(name));
        }
        for (String name : List.of(
                "length",
                "chunks",
                "nothing",
                "status 304 with length",
                "status 103",
                "to the end",
                "headers",
                "status 404 None")) {
            add(Case.of("HEAD answer " + name, "HEAD", head("HEAD /answer HTTP/1.1", script(name))));
        }
        for (String name : List.of("status 103", "status 100", "closed at once", "cut head", "status 503 X")) {
            add(Case.of(
                    "POST answer " + name,
                    "POST",
                    head("POST /answer HTTP/1.1", script(name), "Content-Length: 5\r\n") + "order"));
        }
    }

    private void oldProtocol() {
        for (String host : List.of("Host: shop.example\r\n", "")) {
            for (String connection : List.of("", "Connection: keep-alive\r\n", "Connection: close\r\n")) {
                for (String answer : List.of("length", "chunks", "to the end", "status 204")) {
                    add(Case.of(
                            "HTTP/1.0 " + (host.isEmpty() ? "without host " : "") + connection.trim() + " answer "
                                    + answer,
                            "GET",
                            "GET /old HTTP/1.0\r\n" + host + connection + script(answer) + "\r\n"));
                }
            }
        }
        add(Case.of("HTTP/1.0 POST", "POST", "POST /old HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\norder"));
        add(Case.of(
                "HTTP/1.0 chunks",
                "POST",
                "POST /old HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\norder\r\n0\r\n\r\n"));
        add(Case.of("HTTP/0.9", "GET", "GET /old\r\n\r\n"));
        add(Case.of("HTTP/1.2", "GET", "GET /old HTTP/1.2\r\nHost: a\r\n\r\n"));
        add(Case.of("HTTP/2.0", "GET", "GET /old HTTP/2.0\r\nHost: a\r\n\r\n"));
        add(Case.of("HTTP/3.x", "GET", "GET /old HTTP/x\r\nHost: a\r\n\r\n"));
    }

    private void hosts() {
        for (String hosts : List.of(
                "",
                "Host: a\r\nHost: a\r\n",
                "Host: a\r\nHost: b\r\n",
                "Host:\r\n",
                "Host: a:8080\r\n",
                "Host: SHOP.Example\r\n",
                "Host: [::1]:80\r\n",
                "Host: a b\r\n",
                "Host: a/b\r\n",
                "Host: a@b\r\n",
                "Host: a.\r\n",
                "Host: a..b\r\n",
                "Host: \u00e9\r\n",
                "Host: a,b\r\n")) {
            add(Case.of("hosts " + readable(hosts), "GET", "GET /hosts HTTP/1.1\r\n" + hosts + "\r\n"));
        }
    }

    private void ambiguous() {
        String chunked = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        Map<String, String> all = new LinkedHashMap<>();
        all.put("length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked);
        all.put("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunked);
        all.put("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n\r\norder!");
        all.put("the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n\r\norder");
        all.put("lengths in a list", "Content-Length: 5, 5\r\n\r\norder");
        all.put("length with plus", "Content-Length: +5\r\n\r\norder");
        all.put("length below 0", "Content-Length: -1\r\n\r\norder");
        all.put("length in hex", "Content-Length: 0x5\r\n\r\norder");
        all.put("length without number", "Content-Length: \r\n\r\n");
        all.put("length too long", "Content-Length: 99999999999999999999\r\n\r\n");
        all.put("folded header", "X-A: 1\r\n 2\r\nContent-Length: 5\r\n\r\norder");
        all.put("folded coding", "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunked);
        all.put("blank before colon", "Content-Length : 5\r\n\r\norder");
        all.put("blank before coding's colon", "Transfer-Encoding : chunked\r\n\r\n" + chunked);
        all.put("coding xchunked", "Transfer-Encoding: xchunked\r\n\r\n" + chunked);
        all.put("coding identity", "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\norder");
        all.put("coding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked);
        all.put("coding list", "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked);
        all.put("coding chunked last but one", "Transfer-Encoding: chunked, gzip\r\n\r\n" + chunked);
        all.put("coding with a tab", "Transfer-Encoding:\tchunked\r\n\r\n5\r\norder\r\n0\r\n\r\n");
        all.put("coding with vertical tab", "Transfer-Encoding: \u000bchunked\r\n\r\n" + chunked);
        String broken = BROKEN + ": 1\r\n";
        all.put("chunk size with plus", broken + "Transfer-Encoding: chunked\r\n\r\n+5\r\norder\r\n0\r\n\r\n");
        all.put("chunk size 0x", broken + "Transfer-Encoding: chunked\r\n\r\n0x5\r\norder\r\n0\r\n\r\n");
        all.put(
                "chunk size too long",
                broken + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\norder\r\n0\r\n\r\n");
        all.put("chunk without end", broken + "Transfer-Encoding: chunked\r\n\r\n5\r\norderX\r\n0\r\n\r\n");
        all.put("header without colon", "X-A\r\nContent-Length: 5\r\n\r\norder");
        all.put("header without name", ": 1\r\nContent-Length: 5\r\n\r\norder");
        all.put("NUL in a header", "X-A: a\u0000b\r\nContent-Length: 5\r\n\r\norder");
        all.put("CR in a header", "X-A: a\rb\r\nContent-Length: 5\r\n\r\norder");
        all.put("name with a blank", "X A: 1\r\nContent-Length: 5\r\n\r\norder");
        all.forEach((name, rest) ->
                add(Case.of("ambiguous " + name, "POST", "POST /ambiguous HTTP/1.1\r\nHost: shop.example\r\n" + rest)));
        add(Case.of("bare line feeds", "GET", "GET /bare HTTP/1.1\nHost: a\n\n"));
        add(Case.of("empty lines before", "GET", "\r\n\r\nGET /before HTTP/1.1\r\nHost: a\r\n\r\n"));
        add(Case.of("blanks in the request line", "GET", "GET  /x  HTTP/1.1\r\nHost: a\r\n\r\n"));
    }

    private void crossOrigin() {
        String preflight = "Origin: http://a.example\r\nAccess-Control-Request-Method: PUT\r\n";
        add(Case.of("preflight", "OPTIONS", head("OPTIONS /c HTTP/1.1", preflight)));
        add(Case.of(
                "preflight with headers",
                "OPTIONS",
                head("OPTIONS /c HTTP/1.1", preflight, "Access-Control-Request-Headers: x-a\r\n")));
        add(Case.of("preflight answered 204", "OPTIONS", head("OPTIONS /c HTTP/1.1", preflight, script("status 204"))));
        add(Case.of("options without method", "OPTIONS", head("OPTIONS /c HTTP/1.1", "Origin: http://a.example\r\n")));
        add(Case.of(
                "cross-origin PUT",
                "PUT",
                head("PUT /c HTTP/1.1", "Origin: http://a.example\r\nContent-Length: 0\r\n")));
    }

    private void upgrades() {
        String webSocket = String.join(
                "\r\n",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "");
        add(new Case(
                "web socket", "GET", List.of(head("GET /ws HTTP/1.1", webSocket, script("web socket"))), false, 1_000));
        add(new Case(
                "web socket with much",
                "GET",
                List.of(head(
                        "GET /ws HTTP/1.1",
                        webSocket,
                        "Sec-WebSocket-Protocol: a, b\r\n",
                        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                        script("web socket"))),
                false,
                200_000));
        get("web socket refused 403", "/ws", webSocket, script("status 403 No"));
        get("web socket answered 200", "/ws", webSocket, script("length"));
        get("web socket that breaks", "/ws", webSocket, script("closed at once"));
        get("upgrade to another protocol", "/ws", "Connection: Upgrade\r\nUpgrade: h2c\r\n", script("length"));
        get("upgrade without connection", "/ws", "Upgrade: websocket\r\n", script("length"));
    }

    private void slowAndCut() {
        String request = head("POST /slow HTTP/1.1", "Content-Length: 5\r\n") + "order";
        List<String> bytes =
                request.chars().mapToObj(c -> String.valueOf((char) c)).toList();
        add(new Case("byte by byte", "POST", bytes, false, 0));
        add(new Case(
                "chunks in pieces",
                "POST",
                List.of(
                        head("POST /slow HTTP/1.1", "Transfer-Encoding: chunked\r\n"),
                        "5",
                        "\r\nor",
                        "der\r",
                        "\n0",
                        "\r\n",
                        "\r\n"),
                false,
                0));
        add(new Case("cut in the head", "GET", List.of("GET /cut HTTP/1.1\r\nHo"), true, 0));
        add(Case.of(
                "early answer",
                "POST",
                head("POST /early HTTP/1.1", script("early answer"), BROKEN + ": 1\r\n", "Content-Length: 5\r\n")
                        + "order"));
    }
}
