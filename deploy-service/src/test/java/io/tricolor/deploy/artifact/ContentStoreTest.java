package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.deploy.artifact.Artifacts.Check;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class ContentStoreTest {

    private static final URI URL = URI.create("http://127.0.0.1:8402");

    @TempDir
    private Path directory;

    @Test
    void keeps_what_has_the_hash_and_nothing_else() throws IOException {
        ContentStore store = new ContentStore(directory);
        String hash = Served.sha256("content");
        Files.writeString(store.partial(hash), "other");
        assertThat(store.keep(hash)).isFalse();
        assertThat(store.find(hash)).isEmpty();
        Files.writeString(store.partial(hash), "content");
        assertThat(store.keep(hash)).isTrue();
        assertThat(store.find(hash).orElseThrow()).hasContent("content");
        assertThat(store.find("../" + hash)).isEmpty();
    }

    @Test
    void removes_what_nobody_names_and_was_used_longest_ago() throws IOException {
        ContentStore store = new ContentStore(directory);
        List<String> hashes =
                List.of(put(store, "aaaa", 1), put(store, "bbbb", 2), put(store, "cccc", 3), put(store, "dddd", 4));
        assertThat(store.evict(Set.of(hashes.get(3)), 8))
                .as("the named one counts for nothing")
                .containsExactly(hashes.get(2));
        assertThat(store.entries())
                .extracting(ContentStore.Entry::sha256)
                .containsExactly(hashes.get(0), hashes.get(1), hashes.get(3));
        assertThat(store.evict(Set.of(), 0)).hasSize(3);
    }

    @Test
    void what_was_kept_is_there_when_the_origin_is_not() throws Exception {
        Artifact.File file;
        try (Served origin = new Served()) {
            origin.put("/shop.jar", "content");
            file = new Artifact.File(origin.url("/shop.jar").toString(), Served.sha256("content"));
            assertThat(artifacts().check(file)).isInstanceOf(Check.Right.class);
        }
        Artifacts later = artifacts();
        assertThat(later.check(file)).isInstanceOf(Check.Right.class);
        assertThat(later.source(file)).isEqualTo(URL + "/artifacts/sha256/" + file.sha256() + "/shop.jar");
    }

    @Test
    void what_was_taken_out_of_the_store_is_read_again() throws Exception {
        try (Served origin = new Served()) {
            origin.put("/shop.jar", "content");
            Artifact.File file = new Artifact.File(origin.url("/shop.jar").toString(), Served.sha256("content"));
            Artifacts artifacts = artifacts();
            artifacts.check(file);
            artifacts.store().orElseThrow().evict(Set.of(), 0);
            artifacts.check(file);
            assertThat(artifacts.check(file)).isInstanceOf(Check.Right.class);
            assertThat(origin.requests).hasSize(2);
        }
    }

    @Test
    void goes_on_where_a_registry_died_in_the_middle() throws Exception {
        String content = "0123456789".repeat(20_000);
        try (Served origin = new Served()) {
            origin.put("/shop.jar", content);
            origin.breaksOffAfter = 60_000;
            Artifact.File file = new Artifact.File(origin.url("/shop.jar").toString(), Served.sha256(content));
            assertThat(artifacts().check(file)).isInstanceOf(Check.Failed.class);
            origin.breaksOffAfter = 0;
            assertThat(artifacts().check(file)).isInstanceOf(Check.Right.class);
            assertThat(origin.requests).hasSize(2);
            assertThat(origin.requests.get(1)).matches("/shop.jar bytes=[1-9][0-9]*-");
        }
    }

    @Test
    void what_was_begun_of_other_content_is_not_gone_on_with_for_ever() throws Exception {
        try (Served origin = new Served()) {
            origin.put("/shop.jar", "content");
            Artifact.File file = new Artifact.File(origin.url("/shop.jar").toString(), Served.sha256("content"));
            Files.writeString(new ContentStore(directory).partial(file.sha256()), "xyz");
            assertThat(artifacts().check(file)).isInstanceOf(Check.Wrong.class);
            assertThat(artifacts().check(file)).isInstanceOf(Check.Right.class);
        }
    }

    @Test
    void an_error_tells_no_hash_of_a_local_file() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "s3cr3t");
        Artifact.File file = new Artifact.File(secret.toUri().toString(), "0".repeat(64));
        assertThat(artifacts().check(file))
                .isInstanceOfSatisfying(
                        Check.Wrong.class,
                        wrong -> assertThat(wrong.rejection().message()).doesNotContain(Served.sha256("s3cr3t")));
    }

    @Test
    void files_are_read_where_they_may_be_and_links_do_not_lead_out() throws Exception {
        Path allowed = Files.createDirectories(directory.resolve("allowed"));
        Path outside = Files.writeString(directory.resolve("outside"), "content");
        Files.createSymbolicLink(allowed.resolve("link"), outside);
        Files.writeString(allowed.resolve("inside"), "content");
        ArtifactProperties properties = new ArtifactProperties(
                Duration.ofMinutes(1),
                DataSize.ofMegabytes(1),
                1,
                Duration.ofSeconds(5),
                null,
                null,
                DataSize.ofMegabytes(1),
                List.of(),
                List.of(allowed),
                java.util.Map.of());
        for (String name : List.of("inside", "link", "../outside")) {
            Artifacts artifacts = new Artifacts(properties, null, Runnable::run);
            Check check = artifacts.check(new Artifact.File(allowed.toUri() + name, Served.sha256("content")));
            assertThat(check).as(name).isInstanceOf(name.equals("inside") ? Check.Right.class : Check.Wrong.class);
        }
    }

    private Artifacts artifacts() {
        return new Artifacts(ArtifactProperties.usual(URL, directory), null, Runnable::run);
    }

    private static String put(ContentStore store, String text, int daysAgo) throws IOException {
        String hash = Served.sha256(text);
        Files.writeString(store.partial(hash), text);
        store.keep(hash);
        Path file = store.find(hash).orElseThrow();
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(daysAgo))));
        return hash;
    }
}
