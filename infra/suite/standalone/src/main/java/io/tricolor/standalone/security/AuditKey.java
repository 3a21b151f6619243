package io.tricolor.standalone.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;

/** The Ed25519 key that signs the roots of the history of one suite; made at the first start, readable by its owner. */
public final class AuditKey {

    private static final String PRIVATE = "audit-key.pem";
    private static final String PUBLIC = "audit-key.pub.pem";

    private AuditKey() {}

    /** The file with the private half; both are made when there is none. */
    public static Path in(Path directory) throws IOException {
        Path file = directory.resolve(PRIVATE);
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            KeyPair pair = pair();
            PemFiles.write(
                    directory.resolve(PUBLIC), "PUBLIC KEY", pair.getPublic().getEncoded());
            // Last: while it is absent, both are made again.
            PemFiles.write(file, "PRIVATE KEY", pair.getPrivate().getEncoded());
        }
        return file;
    }

    /** The file with the public half, there or not. */
    public static Path publicKey(Path directory) {
        return directory.resolve(PUBLIC);
    }

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }
}
