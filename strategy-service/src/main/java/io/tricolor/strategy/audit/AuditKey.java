package io.tricolor.strategy.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** The Ed25519 key of roots: the private half signs, the public one checks. */
final class AuditKey {

    private static final String ALGORITHM = "Ed25519";

    private AuditKey() {}

    static PrivateKey privateKey(Path file) throws IOException {
        try {
            PrivateKey key = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(decoded(file)));
            if (key instanceof EdECPrivateKey) {
                return key;
            }
            throw new IOException(file + " holds no Ed25519 key");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no Ed25519 key in PKCS#8: " + e.getMessage(), e);
        }
    }

    static PublicKey publicKey(Path file) throws IOException {
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(decoded(file)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no public Ed25519 key: " + e.getMessage(), e);
        }
    }

    /**
     * The public key that belongs to a private one. The JDK does not say it; but a signature of the one is good for the
     * other alone, so the file beside is believed when it is.
     */
    static PublicKey beside(Path privateKeyFile, PrivateKey key) throws IOException {
        Path file = publicFileOf(privateKeyFile);
        PublicKey found = publicKey(file);
        byte[] probe = {1, 2, 3};
        if (!verifies(found, probe, sign(key, probe))) {
            throw new IOException(file + " is not the public key of " + privateKeyFile);
        }
        return found;
    }

    /** {@code audit-key.pem} has {@code audit-key.pub.pem} beside it. */
    static Path publicFileOf(Path privateKeyFile) {
        String name = privateKeyFile.getFileName().toString();
        return privateKeyFile.resolveSibling(
                name.endsWith(".pem")
                        ? name.substring(0, name.length() - ".pem".length()) + ".pub.pem"
                        : name + ".pub");
    }

    static byte[] sign(PrivateKey key, byte[] text) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(text);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot sign with Ed25519", e);
        }
    }

    static boolean verifies(PublicKey key, byte[] text, byte[] signed) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static byte[] decoded(Path file) throws IOException {
        return Base64.getMimeDecoder().decode(Files.readString(file).replaceAll("-----[A-Z ]+-----", ""));
    }
}
