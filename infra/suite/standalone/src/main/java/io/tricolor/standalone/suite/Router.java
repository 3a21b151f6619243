package io.tricolor.standalone.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** Which router a suite has. The choice is kept in the data directory, so that the next start makes the same. */
public enum Router {
    /** On Spring Cloud Gateway. */
    GATEWAY,
    /** On nginx with Lua, which has to be installed. */
    NGINX;

    private static final String FILE = "router";

    /** Name of its process. */
    String process() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The router that was chosen for the suite last. */
    static Router of(Suite suite) {
        try {
            String name = Files.readString(file(suite)).strip().toUpperCase(Locale.ROOT);
            return valueOf(name);
        } catch (NoSuchFileException e) {
            return GATEWAY;
        } catch (IOException | IllegalArgumentException e) {
            throw new SuiteFailed("cannot read " + file(suite) + ", which says gateway or nginx: " + e.getMessage(), e);
        }
    }

    /** Remembers the choice. */
    void choose(Suite suite) {
        Path partial = file(suite).resolveSibling(FILE + ".partial");
        try {
            Files.createDirectories(suite.dataDir());
            Files.writeString(partial, process() + "\n");
            Files.move(partial, file(suite), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new SuiteFailed("cannot write " + file(suite) + ": " + e.getMessage(), e);
        }
    }

    private static Path file(Suite suite) {
        return suite.dataDir().resolve(FILE);
    }
}
