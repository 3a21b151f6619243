package io.tricolor.kit.outside;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.Text;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoundRequestFilterTest {

    @ParameterizedTest
    @CsvSource({
        "after=%00,            the query parameter 'after' has the character NUL",
        "limit=5&a%00b=1,      the query parameter 'a%00b' has the character NUL",
        "a=%,                  the query parameter 'a' has a percent sign without two hexadecimal digits",
        "a=%4,                 the query parameter 'a' has a percent sign without two hexadecimal digits",
        "a=%zz,                the query parameter 'a' has a percent sign without two hexadecimal digits",
        "a=%FF,                the query parameter 'a' has bytes that are no UTF-8",
        "a=%C0%80,             the query parameter 'a' has bytes that are no UTF-8",
        "a=1&&b=%ED%A0%80,     the query parameter 'b' has bytes that are no UTF-8",
    })
    void names_the_parameter(String query, String flaw) {
        assertThat(SoundRequestFilter.flaw("/api", query)).isEqualTo(flaw);
    }

    @Test
    void looks_at_the_path() {
        assertThat(SoundRequestFilter.flaw("/api/%00", null)).isEqualTo("the path has the character NUL");
        assertThat(SoundRequestFilter.flaw("/api/%E4", null)).startsWith("the path has bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a=b&c=d&", "a=%C3%A9+%20%F0%9F%98%80", "a=%0D%0A", "q=|{}^"})
    void passes_what_can_be_kept(String query) {
        assertThat(SoundRequestFilter.flaw("/api/caf%C3%A9", query)).isNull();
    }

    @Test
    void what_passes_is_sound_when_it_is_decoded() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("SoundRequestFilterTest seed " + seed);
        Random random = new Random(seed);
        String[] pieces = {
            "a", "=", "&", "+", "%", "%0", "%00", "%41", "%C3%A9", "%C3", "%F0%9F%98%80", "%ED%B0%80", "é"
        };
        int passed = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder query = new StringBuilder();
            for (int n = random.nextInt(6); n >= 0; n--) {
                query.append(pieces[random.nextInt(pieces.length)]);
            }
            if (SoundRequestFilter.flaw("/", query.toString()) == null) {
                passed++;
                String decoded = URLDecoder.decode(query.toString(), StandardCharsets.UTF_8);
                assertThat(Text.flaw(decoded)).isNull();
                assertThat(decoded).doesNotContain("\uFFFD");
            }
        }
        assertThat(passed).isBetween(1_000, 19_000);
    }
}
