package io.tricolor.nginxtemplate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends what it is told, byte by byte. */
final class RawHttp {

    private RawHttp() {}

    record Answer(int status, Map<String, String> headers, String body) {
        String cluster() {
            return headers.getOrDefault("x-tricolor-cluster", "none");
        }

        String reason() {
            return headers.getOrDefault("x-tricolor-reason", "none");
        }
    }

    /** Asks on a connection of its own; the header lines go out in UTF-8. */
    static Answer get(int port, String target, List<String> headerLines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request(target, headerLines).getBytes(StandardCharsets.UTF_8));
            return parse(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static String request(String target, List<String> headerLines) {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nConnection: close\r\n");
        if (headerLines.stream().noneMatch(line -> line.startsWith("Host:"))) {
            request.append("Host: any.example\r\n");
        }
        headerLines.forEach(line -> request.append(line).append("\r\n"));
        return request.append("\r\n").toString();
    }

    static Answer parse(String text) {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IllegalStateException("no answer: '" + text + "'");
        }
        Map<String, String> headers = new TreeMap<>();
        String[] lines = text.substring(0, end).split("\r\n");
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(lines[0].split(" ")[1]), headers, text.substring(end + 4));
    }
}
