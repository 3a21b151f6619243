package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetsTest {

    @Test
    void what_is_plain_at_one_glance_is_sound_and_stands_for_itself() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String pieces = "/..?%2e41\u007f#&=~_-@:;,+*()[]{}|^\"<>\\` \u00e9AZaz09!$'";
        int plain = 0;
        for (int round = 0; round < 200_000; round++) {
            StringBuilder target = new StringBuilder("/");
            for (int i = random.nextInt(8); i > 0; i--) {
                target.append(pieces.charAt(random.nextInt(pieces.length())));
            }
            String text = target.toString();
            if (Targets.isPlain(text)) {
                plain++;
                assertThat(Targets.ofOrigin(text)).as("seed %d", seed).isEqualTo(text);
                assertThat(Targets.isSound(text)).as("%s, seed %d", text, seed).isTrue();
                assertThat(Targets.escaped(text)).as("seed %d", seed).isEqualTo(text);
            }
        }
        assertThat(plain).as("seed %d", seed).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/shop/items/7", "/a.b/c..d?x=1&y=a@b", "/a;v=1/(b)"})
    void nearly_every_target_is_plain(String target) {
        assertThat(Targets.isPlain(target)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "a", "http://h/", "/..", "/./a", "/%41", "/a b", "/{a}", "/a#b", "/\u00e9"})
    void others_are_looked_at_closely(String target) {
        assertThat(Targets.isPlain(target)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/..", "/a/../..", "/%2e%2e/a", "/%00", "/%4", "/a\u007f", "/a b", "/?a\u0001"})
    void a_path_that_climbs_or_that_nobody_can_read_is_not_sound(String target) {
        assertThat(Targets.isSound(target)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"/a{b}|c,/a%7Bb%7D%7Cc", "/a?[x],/a?[x]", "/[x],/%5Bx%5D", "/a%zz,/a%25zz", "/\u00e9,/%E9"})
    void what_a_uri_has_no_room_for_is_escaped(String target, String escaped) {
        assertThat(Targets.escaped(target)).isEqualTo(escaped);
    }
}
