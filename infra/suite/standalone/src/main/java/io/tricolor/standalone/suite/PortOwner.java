package io.tricolor.standalone.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Says which process listens on a port, as far as the machine tells (Linux, own processes or as root). */
final class PortOwner {

    private static final String LISTENING = "0A";

    private PortOwner() {}

    /** For a person, for example {@code pid 4711 (java … KafkaBroker …)}. */
    static Optional<String> find(int port) {
        try {
            Set<String> sockets = sockets(port);
            if (sockets.isEmpty()) {
                return Optional.empty();
            }
            return ProcessHandle.allProcesses()
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> holdsOneOf(process.pid(), sockets))
                    .findFirst()
                    .map(process -> "pid " + process.pid() + commandOf(process.pid()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Set<String> sockets(int port) throws IOException {
        var found = new HashSet<String>();
        String suffix = String.format(Locale.ROOT, ":%04X", port);
        for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
            if (!Files.exists(table)) {
                continue;
            }
            for (String line : Files.readAllLines(table)) {
                List<String> fields = List.of(line.strip().split("\\s+", -1));
                if (fields.size() > 9
                        && fields.get(1).endsWith(suffix)
                        && fields.get(3).equals(LISTENING)) {
                    found.add("socket:[" + fields.get(9) + "]");
                }
            }
        }
        return found;
    }

    private static boolean holdsOneOf(long pid, Set<String> sockets) {
        Path descriptors = Path.of("/proc", Long.toString(pid), "fd");
        try (var links = Files.list(descriptors)) {
            return links.anyMatch(link -> {
                try {
                    return sockets.contains(Files.readSymbolicLink(link).toString());
                } catch (IOException e) {
                    return false; // closed in the meantime
                }
            });
        } catch (IOException e) {
            return false; // another user's, or gone
        }
    }

    private static String commandOf(long pid) {
        try {
            List<String> words = List.of(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                    .split("\0", -1));
            String program = words.getFirst().replaceAll(".*/", "");
            String mainClass = words.stream()
                    .skip(1)
                    .filter(word -> word.matches("([a-z][a-z0-9]*\\.)+[A-Z][A-Za-z0-9]*"))
                    .findFirst()
                    .map(word -> " … " + word)
                    .orElse("");
            return " (" + program + mainClass + ")";
        } catch (IOException e) {
            return "";
        }
    }
}
