package io.tricolor.deploy.artifact;

import io.tricolor.deploy.artifact.Origins.NotThere;
import io.tricolor.kit.http.HttpAnswer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A Maven repository as Nexus serves it: finds the one file that coordinates mean now, and what its checksum is. */
final class MavenLayout {

    /** In the order of their strength; the weaker ones guard against accidents only. */
    static final List<String> CHECKSUMS = List.of("sha512", "sha256", "sha1", "md5");

    private static final Pattern COORDINATES = Pattern.compile(
            "([A-Za-z0-9._-]+):([A-Za-z0-9._-]+):([A-Za-z0-9._+-]+)(?::([A-Za-z0-9._-]+))?(?:@([a-z0-9.]+))?");
    private static final String SNAPSHOT = "-SNAPSHOT";

    private final Origins origins;
    private final URI repository;

    /**
     * The repository at an address.
     *
     * @param repository without a slash at the end
     */
    MavenLayout(Origins origins, URI repository) {
        this.origins = origins;
        this.repository = repository;
    }

    /**
     * What is asked for.
     *
     * @param version may be {@code LATEST}, {@code RELEASE} or end in {@code -SNAPSHOT}
     */
    record Coordinates(
            String group,
            String artifact,
            String version,
            @Nullable String classifier,
            String extension) {

        /** Reads {@code group:artifact:version[:classifier][@extension]}; the usual extension is jar. */
        static Coordinates parse(String text) {
            Matcher parts = COORDINATES.matcher(text);
            if (!parts.matches() || text.contains("..")) {
                throw new IllegalArgumentException(
                        "'" + text + "' is not group:artifact:version[:classifier][@extension]");
            }
            String extension = parts.group(5);
            return new Coordinates(
                    parts.group(1),
                    parts.group(2),
                    parts.group(3),
                    parts.group(4),
                    extension == null ? "jar" : extension);
        }

        private String folder() {
            return group.replace('.', '/') + "/" + artifact;
        }

        private String fileName(String fileVersion) {
            return artifact + "-" + fileVersion + (classifier == null ? "" : "-" + classifier) + "." + extension;
        }
    }

    /**
     * The one file.
     *
     * @param version as the file is named: of a snapshot with its time and number
     */
    record Found(URI uri, String version) {}

    /** The file that the coordinates mean now. A later one has another address. */
    Found find(Coordinates asked) throws IOException, InterruptedException, NotThere {
        String version = asked.version();
        if (version.equals("LATEST") || version.equals("RELEASE")) {
            Element metadata = metadata(asked.folder());
            version = text(metadata, version.equals("LATEST") ? "latest" : "release")
                    .orElseThrow(() -> new NotThere("the repository names no " + asked.version() + " of "
                            + asked.group() + ":" + asked.artifact()));
        }
        String folder = asked.folder() + "/" + version;
        String fileVersion = version.endsWith(SNAPSHOT) ? snapshot(asked, version, metadata(folder)) : version;
        return new Found(URI.create(repository + "/" + folder + "/" + asked.fileName(fileVersion)), fileVersion);
    }

    /** The strongest checksum that the repository has of a file: algorithm and lower-case hex; empty: it has none. */
    Optional<Map.Entry<String, String>> checksum(URI file) throws IOException, InterruptedException, NotThere {
        for (String algorithm : CHECKSUMS) {
            HttpAnswer answer = origins.ask(URI.create(file + "." + algorithm), Map.of());
            // Some publishers write the name of the file behind it.
            String hex = answer.text().strip().split("\\s+", 2)[0].toLowerCase(java.util.Locale.ROOT);
            if (answer.status() == 200 && hex.matches("[0-9a-f]{32,128}")) {
                return Optional.of(Map.entry(algorithm, hex));
            }
        }
        return Optional.empty();
    }

    private static String snapshot(Coordinates asked, String version, Element metadata) throws NotThere {
        NodeList versions = metadata.getElementsByTagName("snapshotVersion");
        for (int i = 0; i < versions.getLength(); i++) {
            if (versions.item(i) instanceof Element one
                    && text(one, "extension").orElse("").equals(asked.extension())
                    && text(one, "classifier")
                            .orElse("")
                            .equals(asked.classifier() == null ? "" : asked.classifier())) {
                return text(one, "value").orElseThrow(() -> new NotThere("a snapshot without a value"));
            }
        }
        String time = text(metadata, "timestamp").orElse("");
        String number = text(metadata, "buildNumber").orElse("");
        if (time.isEmpty() || number.isEmpty()) {
            throw new NotThere("the repository does not say which file " + version + " is");
        }
        return version.substring(0, version.length() - SNAPSHOT.length()) + "-" + time + "-" + number;
    }

    private Element metadata(String folder) throws IOException, InterruptedException, NotThere {
        URI uri = URI.create(repository + "/" + folder + "/maven-metadata.xml");
        HttpAnswer answer = origins.ask(uri, Map.of());
        if (answer.status() == 404) {
            throw new NotThere("the repository has no " + uri.getPath());
        }
        if (answer.status() != 200) {
            throw new IOException(uri + " answers " + answer.status());
        }
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setExpandEntityReferences(false);
            Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(answer.body()));
            return document.getDocumentElement();
        } catch (SAXException | ParserConfigurationException e) {
            throw new IOException(uri + " is no metadata: " + e.getMessage(), e);
        }
    }

    private static Optional<String> text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        if (found.getLength() == 0) {
            return Optional.empty();
        }
        String text = found.item(0).getTextContent().strip();
        return text.matches("[A-Za-z0-9._+-]{1,200}") ? Optional.of(text) : Optional.empty();
    }
}
