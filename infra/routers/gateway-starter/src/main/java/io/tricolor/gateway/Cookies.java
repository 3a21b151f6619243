package io.tricolor.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cookies of a request, of all of its Cookie lines, read as every router reads them. */
final class Cookies {

    private Cookies() {}

    /**
     * The first value of a cookie that is not blank, as it was sent, without the quotation marks around it; null when
     * there is none. Cookies are parted by semicolons alone: a comma belongs to the value.
     *
     * @param lines null: there are none
     * @param name exact
     */
    static @Nullable String first(@Nullable List<String> lines, String name) {
        if (lines == null) {
            return null;
        }
        for (String line : lines) {
            int at = 0;
            while (at < line.length()) {
                int stop = line.indexOf(';', at);
                stop = stop < 0 ? line.length() : stop;
                String value = value(line.substring(at, stop), name);
                if (value != null && !value.trim().isEmpty()) {
                    return value;
                }
                at = stop + 1;
            }
        }
        return null;
    }

    private static @Nullable String value(String pair, String name) {
        int equals = pair.indexOf('=');
        if (equals < 0 || !pair.substring(0, equals).trim().equals(name)) {
            return null;
        }
        String value = pair.substring(equals + 1).trim();
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
