package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CharactersTest {

    @Test
    void no_character_is_cut() {
        byte[] text = "aä€😀".getBytes(StandardCharsets.UTF_8);
        int[] whole = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
        for (int length = 0; length <= text.length; length++) {
            assertThat(Characters.whole(Arrays.copyOf(text, length)))
                    .as("of %s", length)
                    .isEqualTo(whole[length]);
        }
    }

    @Test
    void what_is_no_text_is_passed_on() {
        assertThat(Characters.whole(new byte[] {'a', (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80}))
                .isEqualTo(5);
        assertThat(Characters.whole(new byte[] {(byte) 0xff})).isEqualTo(0);
    }
}
