package io.tricolor.config.namespace.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Text;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

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
                        Map.entry("demo.msg", "v1"),
                        Map.entry("demo.num", 42),
                        Map.entry("demo.share", new BigDecimal("1.5")),
                        Map.entry("demo.list[0]", "a"),
                        Map.entry("demo.list[1].b", "c"));
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
                .containsOnly(Map.entry("a", ""), Map.entry("b", ""));
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

    /** What Boot's own loader makes of the same file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "birthday: 2020-09-10\nat: 2001-12-14t21:59:43.10-05:00\ntime: 12:30:45",
                "a: {1: x, true: y, 1.5: z}",
                "1: one\nyes: no\nonOff: [on, off, yes, no, y, n]",
                "a: 010\nb: 0x1F\nc: 1_000\nd: 0b101\ne: 12345678901234567890\nf: 1.10\ng: 1e3\nh: .5",
                "a: ~\nb: null\nc:\nd: ''\ne: []\nf: {}\ng: [{}, [], ~]",
                "a: &x {b: 1, c: [1, 2]}\nd: *x\ne: {<<: *x, b: 2}",
                "a:\n  '[b c]': 1\n  'd.e': 2\n  '[f]': {g: 3}",
                "a: !!str 2020-09-10\nb: !!set {x, y}\nc: |\n  two\n  lines\n",
                "spring: 1\nz: 1\ny: {b: 1, a: 2}\nx: 2020-01-01 10:00:00",
                "a: \"é \\U0001F600 \\x41\"",
                "",
            })
    void reads_yaml_as_spring_boot_does(String text) throws IOException {
        assertThat(entries(new ContentReader(100).ofYaml(text).values()))
                .containsExactlyElementsOf(loaded(new YamlPropertySourceLoader(), text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b=1\na = 2\nc: 3\nd 4\n  e=  five  \n",
                "# comment\n! another\na=x\\\n   y\nb=\\u00e9\\t\\n\\\\\nempty=\nalone\n",
                "list[]=x,y\\,z\nother[0]=a\nother[1]=b\nkey\\ with\\:colon=v\n",
                "date=2020-09-10\nnumber=010\ntruth=yes\nplaceholder=${a:b}\n",
                "z=1\r\ny=2\r\n",
                "",
            })
    void reads_properties_as_spring_boot_does(String text) throws IOException {
        assertThat(entries(new ContentReader(100).ofProperties(text).values()))
                .containsExactlyElementsOf(loaded(new PropertiesPropertySourceLoader(), text));
    }

    private static List<Map.Entry<String, Object>> loaded(PropertySourceLoader loader, String text) throws IOException {
        List<Map.Entry<String, Object>> loaded = new ArrayList<>();
        for (PropertySource<?> source :
                loader.load("test", new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)))) {
            for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
                loaded.add(Map.entry(name, comparable(source.getProperty(name))));
            }
        }
        return loaded;
    }

    private static List<Map.Entry<String, Object>> entries(Map<String, Object> values) {
        return values.entrySet().stream()
                .map(one -> Map.entry(one.getKey(), comparable(one.getValue())))
                .toList();
    }

    @Test
    void keeps_characters_beyond_ascii() {
        assertThat(reader.ofProperties("a=é \uD83D\uDE00\n名=\\é\nb=\\\\é").values())
                .containsExactly(Map.entry("a", "é \uD83D\uDE00"), Map.entry("名", "é"), Map.entry("b", "\\é"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a=1\na=2",
                "a=1\n#---\nb=2",
                "a=1\n!---  \nb=2",
                "a=\\uZZZZ",
                "spring.config.activate.on-profile=dev",
            })
    void refuses_properties_that_are_no_configuration(String text) {
        assertThatThrownBy(() -> reader.ofProperties(text)).isInstanceOf(Rejected.class);
    }

    @Test
    void says_where_a_key_comes_again() {
        assertThatThrownBy(() -> reader.ofYaml("a: 1\nb: 2\na: 3"))
                .hasMessageContaining("the same key twice, line 3, column 1");
        assertThatThrownBy(() -> reader.ofProperties("a=1\n\n#---\n")).hasMessageContaining("line 3");
    }

    private static Object comparable(Object value) {
        return value instanceof Double number ? BigDecimal.valueOf(number) : value;
    }

    @Test
    void reads_or_refuses_anything() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("ContentReaderTest seed " + seed);
        Random random = new Random(seed);
        String yaml = "a: 1\nb:\n  c: [x, {d: 2020-01-01}]\n  e: \"q\"\nf: &x {g: 1}\nh: *x\n";
        String[] pieces = {
            "[",
            "]",
            "{",
            "}",
            ": ",
            "- ",
            "&a ",
            "*a",
            "*x",
            "!!binary ",
            "!!set ",
            "!!timestamp ",
            "!x ",
            "|\n",
            ">\n",
            "\"",
            "'",
            "\\0",
            "\\ud800",
            "\0",
            "\uD83D",
            "\uFEFF",
            "\n",
            "\n  ",
            "\t",
            "#",
            "%YAML 9.9\n",
            "---\n",
            "? ",
            "<<: ",
            "1e999999999",
            "0x7f",
            ".inf",
            "~",
            "99999999999999999999",
            "190:20:30",
            "=",
            "\\u0000",
            "\\",
            "\r"
        };
        ContentReader reads = new ContentReader(100);
        int read = 0;
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder(yaml);
            for (int change = random.nextInt(4); change > 0; change--) {
                int at = random.nextInt(text.length());
                if (random.nextInt(3) > 0) {
                    String piece = pieces[random.nextInt(pieces.length)];
                    text.insert(at, random.nextInt(8) == 0 ? piece.repeat(1 + random.nextInt(300)) : piece);
                } else {
                    text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(5)));
                }
            }
            try {
                ConfigContent content =
                        random.nextBoolean() ? reads.ofYaml(text.toString()) : reads.ofProperties(text.toString());
                assertThat(Text.flaw(content.values().toString())).isNull();
                assertThat(ConfigContent.ofStored(content.stored()).sha256()).isEqualTo(content.sha256());
                read++;
            } catch (Rejected e) {
                assertThat(e.rejection().code()).isEqualTo(Rejection.Code.INVALID_ARGUMENT);
            }
        }
        assertThat(read).isBetween(1_000, 4_900);
    }

    @Test
    void says_where_and_never_what() {
        assertThatThrownBy(() -> reader.ofYaml("password: [hunter2"))
                .hasMessageContaining("line")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void the_stored_form_keeps_order_document_and_files_and_reads_back() {
        String text = "b: 1\na: x\nbig: 12345678901234567890\nhalf: 0.50";
        ConfigContent one = reader.ofYaml(text).with(Map.of("x.conf", "y"));
        assertThat(ConfigContent.ofStored(one.stored())).isEqualTo(one);
        assertThat(one.values().keySet()).containsExactly("b", "a", "big", "half");
        assertThat(one.source()).isEqualTo(new ConfigContent.Source("yaml", text));
        assertThat(one.stored()).startsWith("{\"values\":{\"b\":1,\"a\":\"x\",");
        assertThat(one.sha256()).isNotEqualTo(reader.ofYaml(text).sha256());
        assertThat(reader.ofYaml(text).sha256()).isEqualTo(reader.ofYaml(text).sha256());
    }

    @Test
    void what_was_stored_before_there_was_an_order_is_still_read() {
        assertThat(ConfigContent.ofFirstForm("{\"a\":\"x\",\"b\":1}").values())
                .containsExactly(Map.entry("a", "x"), Map.entry("b", 1));
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
