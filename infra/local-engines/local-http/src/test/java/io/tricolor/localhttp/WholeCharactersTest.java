package io.tricolor.localhttp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class WholeCharactersTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void leaves_whole_characters_alone() {
        byte[] json = "{\"a\":\"\\ud83d\\ude00 \\\\ud83d \\u0041 é 😀 \\uffff\"}".getBytes(StandardCharsets.UTF_8);
        assertSame(json, WholeCharacters.of(json));
    }

    @Test
    void replaces_halves() {
        assertEquals("\uFFFD", read("\"\\ud83d\""));
        assertEquals("\uFFFDx\uFFFD", read("\"\\uDE00x\\uD83D\""));
        assertEquals("\uFFFD\uD83D\uDE00", read("\"\\ud83d\\ud83d\\ude00\""));
        assertEquals("\\\uFFFD", read("\"\\\\\\ud83d\""));
        byte[] raw = {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'};
        assertEquals("\uFFFD", JSON.readValue(WholeCharacters.of(raw), String.class));
    }

    @Test
    void what_is_read_can_be_written() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("WholeCharactersTest seed " + seed);
        Random random = new Random(seed);
        String[] pieces = {"\\ud83d", "\\ude00", "\\\\", "u", "d83d", "\\u0041", "\\n", "é", "\\uDBFF", "\\uDFFF"};
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder("\"");
            for (int n = random.nextInt(8); n > 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            byte[] json = text.append('"').toString().getBytes(StandardCharsets.UTF_8);
            String read = JSON.readValue(WholeCharacters.of(json), String.class);
            byte[] written = JSON.writeValueAsBytes(read);
            assertEquals(read, JSON.readValue(written, String.class));
        }
    }

    private static String read(String json) {
        return JSON.readValue(WholeCharacters.of(json.getBytes(StandardCharsets.UTF_8)), String.class);
    }
}
