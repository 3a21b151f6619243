package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Certificates made by openssl: authorities, and certificates that they vouch for. */
final class Certificates {

    private final Path directory;

    Certificates(Path directory) {
        this.directory = directory;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** NAME.pem and NAME.key. */
    Certificates authority(String name) {
        openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout",
                file(name + ".key").toString(),
                "-out",
                file(name + ".pem").toString());
        return this;
    }

    /** NAME.pem and NAME.key of a host, which the authority vouches for. */
    Certificates host(String name, String host, String authority) {
        openssl(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                file(name + ".key").toString(),
                "-out",
                file(name + ".csr").toString());
        try {
            Files.writeString(
                    file(name + ".ext"),
                    "subjectAltName=" + (host.matches("[0-9.]+") ? "IP:" : "DNS:") + host
                            + "\nbasicConstraints=CA:FALSE\n");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        openssl(
                "x509",
                "-req",
                "-days",
                "2",
                "-in",
                file(name + ".csr").toString(),
                "-CA",
                file(authority + ".pem").toString(),
                "-CAkey",
                file(authority + ".key").toString(),
                "-CAcreateserial",
                "-extfile",
                file(name + ".ext").toString(),
                "-out",
                file(name + ".pem").toString());
        return this;
    }

    private static void openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Installation.Output output = Installation.Output.of(command);
        assertThat(output.exitCode()).as(output.text()).isZero();
    }
}
