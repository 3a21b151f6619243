package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** A program, pinned by content: what runs tomorrow is what was released today. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Artifact.File.class, name = "file"),
    @JsonSubTypes.Type(value = Artifact.Image.class, name = "image")
})
public sealed interface Artifact {

    /**
     * A file that the orchestrator fetches into the sandbox of the instance.
     *
     * @param uri {@code file:}, {@code http:} or {@code https:}
     * @param sha256 of the content, 64 lower-case hex digits
     */
    record File(String uri, String sha256) implements Artifact {
        public File {
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("sha256 must be 64 lower-case hex digits");
            }
        }
    }

    /**
     * A container image.
     *
     * @param repository registry host and path, without tag
     * @param digest {@code sha256:} and 64 lower-case hex digits
     */
    record Image(String repository, String digest) implements Artifact {
        public Image {
            if (!digest.matches("sha256:[0-9a-f]{64}")) {
                throw new IllegalArgumentException("an image is pinned by digest (sha256:…), not by tag");
            }
        }
    }
}
