package io.tricolor.engines;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once for each user and content into {@code $TRICOLOR_CACHE}, {@code
 * $XDG_CACHE_HOME/tricolor} or {@code ~/.cache/tricolor}; into {@code /var/tmp} where they have to be run as another
 * user, who cannot look into a home directory.
 */
final class PostgresBinaries {

    private PostgresBinaries() {}

    /** Directory that holds {@code bin/postgres}. */
    static synchronized Path unpacked() {
        String archive = archiveName();
        try {
            Path home = cache().resolve("postgresql-" + fingerprint(archive));
            if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                unpack(archive, home);
            }
            return home;
        } catch (IOException e) {
            throw new EngineFailed("cannot unpack PostgreSQL: " + e, e);
        }
    }

    private static String archiveName() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String machine = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64" -> "arm_64";
            case String other -> throw new EngineFailed("there are no PostgreSQL programs for " + other);
        };
        return "postgres-" + os + "-" + machine + ".txz";
    }

    private static Path cache() throws IOException {
        String own = System.getenv("TRICOLOR_CACHE");
        String shared = System.getenv("XDG_CACHE_HOME");
        Path cache;
        if (own != null && !own.isBlank()) {
            cache = Path.of(own);
        } else if (Unprivileged.find().owner() != null) {
            cache = Path.of("/var/tmp", "tricolor-" + System.getProperty("user.name"));
            Files.createDirectories(cache);
            if (!Files.getOwner(cache).getName().equals(System.getProperty("user.name"))) {
                throw new IOException(cache + " belongs to " + Files.getOwner(cache) + "; set TRICOLOR_CACHE");
            }
            Files.setPosixFilePermissions(cache, permissions(true));
            return cache;
        } else if (shared != null && !shared.isBlank()) {
            cache = Path.of(shared, "tricolor");
        } else {
            cache = Path.of(System.getProperty("user.home"), ".cache", "tricolor");
        }
        return Files.createDirectories(cache);
    }

    private static InputStream open(String archive) throws IOException {
        InputStream in = PostgresBinaries.class.getResourceAsStream("/" + archive);
        if (in == null) {
            throw new NoSuchFileException(archive + " on the class path");
        }
        return in;
    }

    private static String fingerprint(String archive) throws IOException {
        try (var in = new DigestInputStream(open(archive), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unpack(String archive, Path home) throws IOException {
        Path partial = Files.createTempDirectory(cache(), "unpacking-");
        try (var tar = new TarArchiveInputStream(new XZInputStream(open(archive)))) {
            TarArchiveEntry entry;
            while ((entry = tar.getNextEntry()) != null) {
                Path target = partial.resolve(entry.getName()).normalize();
                if (!target.startsWith(partial)) {
                    throw new IOException("entry outside the archive: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                    continue;
                }
                Files.createDirectories(target.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, target);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(target, permissions(executable));
                }
            }
        }
        Files.setPosixFilePermissions(partial, permissions(true));
        if (Files.exists(home)) {
            FileTrees.delete(home); // an unfinished copy of an older program
        }
        try {
            Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                throw e;
            }
            FileTrees.delete(partial); // somebody else was quicker
        }
    }

    private static Set<PosixFilePermission> permissions(boolean executable) {
        return PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--");
    }
}
