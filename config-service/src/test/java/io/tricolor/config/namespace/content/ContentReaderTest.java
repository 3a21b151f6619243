package io.tricolor.config.namespace.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentReaderTest {

    private final ContentReader reader = new ContentReader(5);

    @Test
    void flattens_yaml_as_spring_does() {
        assertThat(reader.ofYaml("""
                        demo:
                          msg: v1
                          num: 42
                          share: 1.5
                          list: [a, {b: c}]
                        """).values())
                .containsExactly(
                        Map.entry("demo.list[0]", "a"),
                        Map.entry("demo.list[1].b", "c"),
                        Map.entry("demo.msg", "v1"),
                        Map.entry("demo.num", 42),
                        Map.entry("demo.share", new BigDecimal("1.5")));
    }

    @Test
    void keeps_texts_of_properties_as_they_are() {
        assertThat(reader.ofProperties("a.b = 1\n# c\nd:x").values())
                .containsExactly(Map.entry("a.b", "1"), Map.entry("d", "x"));
    }

    @Test
    void takes_empty_things_for_empty_texts() {
        assertThat(reader.ofYaml("").values()).isEmpty();
        assertThat(reader.ofMap(Map.of("a", List.of(), "b", Map.of())).values())
                .containsExactly(Map.entry("a", ""), Map.entry("b", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: [",
                "- list",
                "a: 1\na: 2",
                "a: .nan",
                "a: !!binary aGVsbG8=",
                "a: !!java.net.URL [\"http://127.0.0.1/\"]",
                "a: 1\n---\nb: 2",
                "'': 1",
                "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}",
                "a.b: 1\na: {b: 2}",
                "a: &x [1,1]\nb: &y [*x,*x,*x,*x,*x,*x]\nc: &z [*y,*y,*y,*y,*y,*y]\nd: [*z,*z,*z,*z,*z,*z,*z,*z,*z,*z]",
            })
    void refuses_yaml_that_is_no_configuration(String text) {
        assertThatThrownBy(() -> reader.ofYaml(text)).isInstanceOf(Rejected.class);
    }

    @Test
    void says_where_and_never_what() {
        assertThatThrownBy(() -> reader.ofYaml("password: [hunter2"))
                .hasMessageContaining("line")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void the_hash_does_not_depend_on_the_order_and_the_canonical_form_reads_back() {
        ConfigContent one = reader.ofYaml("b: 1\na: x\nbig: 12345678901234567890\nhalf: 0.50");
        ConfigContent other = reader.ofMap(Map.of(
                "a",
                "x",
                "b",
                1,
                "half",
                new BigDecimal("0.5"),
                "big",
                new java.math.BigInteger("12345678901234567890")));
        assertThat(one.sha256()).isEqualTo(other.sha256());
        assertThat(ConfigContent.ofCanonical(one.canonical())).isEqualTo(one);
        assertThat(one.canonical()).startsWith("{\"a\":\"x\",\"b\":1,");
    }

    @Test
    void compares_by_key_and_masks_secrets() {
        ConfigContent before = reader.ofMap(Map.of("same", 1, "gone", 2, "db.password", "old"));
        ConfigContent after = reader.ofMap(Map.of("same", 1, "new", 3, "db.password", "hunter2"));
        ContentDiff diff = before.diff(after);
        assertThat(diff.keys()).containsExactly("db.password", "gone", "new");
        assertThat(diff.added()).containsOnlyKeys("new");
        assertThat(diff.removed()).containsOnlyKeys("gone");
        assertThat(diff.changed().get("db.password")).isEqualTo(new ContentDiff.Change("old", "hunter2"));
        assertThat(diff.masked().toString()).doesNotContain("hunter2", "old");
    }
}
