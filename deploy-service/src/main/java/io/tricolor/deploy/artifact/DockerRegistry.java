package io.tricolor.deploy.artifact;

import io.tricolor.deploy.artifact.Origins.NotThere;
import io.tricolor.kit.http.HttpAnswer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A container registry by its v2 interface: which content a tag names now. */
final class DockerRegistry {

    /** Without all of them a registry may answer an old form, or that there is nothing. */
    private static final String ACCEPTED = String.join(
            ", ",
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json");

    private static final Pattern IMAGE = Pattern.compile(
            "([a-zA-Z0-9.-]+(?::[0-9]+)?)/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
                    + "(?:@(sha256:[0-9a-f]{64}))?");
    private static final Pattern PARAMETER = Pattern.compile("([a-z]+)=\"([^\"]*)\"");

    private final Origins origins;
    private final JsonMapper json = new JsonMapper();

    DockerRegistry(Origins origins) {
        this.origins = origins;
    }

    /**
     * An image as people write it.
     *
     * @param host with its port
     * @param tag null when it is pinned
     * @param digest null when it is not
     */
    record Image(
            String host,
            String path,
            @Nullable String tag,
            @Nullable String digest) {

        /** Reads {@code host/path[:tag][@sha256:…]}; without either the tag is {@code latest}. */
        static Image parse(String text) {
            Matcher parts = IMAGE.matcher(text);
            if (!parts.matches()) {
                throw new IllegalArgumentException("'" + text + "' is not host/path:tag or host/path@sha256:…");
            }
            String digest = parts.group(4);
            String tag = parts.group(3);
            return new Image(parts.group(1), parts.group(2), tag == null && digest == null ? "latest" : tag, digest);
        }

        String repository() {
            return host + "/" + path;
        }

        private String reference() {
            return digest != null ? digest : String.valueOf(tag);
        }
    }

    /**
     * What a tag names.
     *
     * @param mediaType of the manifest that the digest is of
     */
    record Pinned(String digest, String mediaType) {}

    /**
     * The digest that an image has now.
     *
     * @param base address of the registry, without a slash at the end
     * @param platform as {@code linux/amd64}, of an index; null: the index itself
     */
    Pinned pin(URI base, Image image, @Nullable String platform) throws IOException, InterruptedException, NotThere {
        Pinned found = manifest(base, image, image.reference());
        if (platform == null) {
            return found;
        }
        JsonNode index = index(base, image, found);
        if (!index.path("manifests").isArray()) {
            return found; // of one platform alone: nothing to choose
        }
        for (JsonNode one : index.path("manifests")) {
            JsonNode of = one.path("platform");
            String name =
                    of.path("os").asString("") + "/" + of.path("architecture").asString("");
            String variant = of.path("variant").asString("");
            if (platform.equals(name) || platform.equals(name + "/" + variant)) {
                return manifest(base, image, one.path("digest").asString(""));
            }
        }
        throw new NotThere(image.repository() + ":" + image.reference() + " has nothing for platform " + platform);
    }

    private JsonNode index(URI base, Image image, Pinned found) throws IOException, InterruptedException, NotThere {
        return json.readTree(get(base, image, found.digest()).text());
    }

    private Pinned manifest(URI base, Image image, String reference)
            throws IOException, InterruptedException, NotThere {
        HttpAnswer answer = get(base, image, reference);
        String digest =
                "sha256:" + HexFormat.of().formatHex(ContentStore.sha256().digest(answer.body()));
        String said = answer.headers().firstValue("Docker-Content-Digest").orElse(digest);
        boolean asked = !reference.startsWith("sha256:") || reference.equals(digest);
        if (!said.equals(digest) || !asked) {
            throw new IOException(image.host() + " answers a manifest of another digest than it says");
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        if (!ACCEPTED.contains(type) || type.isEmpty()) {
            throw new NotThere(image.repository() + ":" + reference + " is of type " + type + ", which is no image");
        }
        return new Pinned(digest, type);
    }

    private HttpAnswer get(URI base, Image image, String reference) throws IOException, InterruptedException, NotThere {
        URI uri = URI.create(base + "/v2/" + image.path() + "/manifests/" + reference);
        HttpAnswer answer = origins.ask(uri, Map.of("Accept", ACCEPTED));
        if (answer.status() == 401) {
            String challenge = answer.headers().allValues("WWW-Authenticate").stream()
                    .filter(one -> one.regionMatches(true, 0, "Bearer ", 0, 7))
                    .findFirst()
                    .orElseThrow(() -> new NotThere(image.host() + " wants a user (tricolor.artifacts.repositories)"));
            String token = token(base, image, challenge);
            answer = origins.ask(uri, Map.of("Accept", ACCEPTED, "Authorization", "Bearer " + token));
        }
        return switch (answer.status()) {
            case 200 -> answer;
            case 401, 403 -> throw new NotThere(image.host() + " does not let this service read " + image.path());
            case 404 -> throw new NotThere("there is no " + image.repository() + " with " + reference);
            default -> throw new IOException(image.host() + " answers " + answer.status());
        };
    }

    /** Asks whom the registry names for a token, with the credentials of the registry. */
    private String token(URI base, Image image, String challenge) throws IOException, InterruptedException, NotThere {
        Map<String, String> parameters = new LinkedHashMap<>();
        PARAMETER.matcher(challenge).results().forEach(found -> parameters.put(found.group(1), found.group(2)));
        URI realm;
        try {
            realm = URI.create(parameters.getOrDefault("realm", ""));
        } catch (IllegalArgumentException e) {
            throw new NotThere(image.host() + " names no place that gives tokens out");
        }
        boolean secure =
                "https".equals(realm.getScheme()) || base.getAuthority().equals(realm.getAuthority());
        if (realm.getHost() == null || !secure) {
            throw new NotThere(image.host() + " names a place that gives tokens out without TLS");
        }
        String scope = parameters.getOrDefault("scope", "repository:" + image.path() + ":pull");
        String query = "scope=" + encoded(scope)
                + (parameters.containsKey("service") ? "&service=" + encoded(parameters.get("service")) : "");
        Optional<String> credentials = origins.authorization(base);
        URI uri = URI.create(realm + (realm.getQuery() == null ? "?" : "&") + query);
        HttpAnswer answer = origins.ask(
                uri, credentials.map(value -> Map.of("Authorization", value)).orElse(Map.of()));
        try {
            JsonNode body = json.readTree(answer.text());
            String token = body.path("token").asString(body.path("access_token").asString(""));
            if (answer.status() == 200 && token.matches("[A-Za-z0-9._~+/=-]+")) {
                return token;
            }
        } catch (JacksonException e) {
            throw new IOException("no token comes from " + realm.getHost(), e);
        }
        throw new NotThere("no token comes from " + realm.getHost() + " (answer " + answer.status() + ")");
    }

    private static String encoded(@Nullable String text) {
        return URLEncoder.encode(String.valueOf(text), StandardCharsets.UTF_8);
    }
}
