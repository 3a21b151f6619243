package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Murmur3Test {

    @ParameterizedTest
    @CsvSource({
        "'', 00000000",
        "test, ba6bd213",
        "hello, 248bfa47",
        "'hello, world', 149bbb7f",
        "'Hello, world!', c0363e43",
        "The quick brown fox jumps over the lazy dog, 2e4ff723",
        "abc, b3dd93fa",
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq, ee925b90"
    })
    void hashes_published_vectors_with_seed_0(String text, String hex) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(String.format("%08x", Murmur3.hash(bytes, bytes.length))).isEqualTo(hex);
        assertThat(String.format("%08x", NaiveRouter.murmur(text))).isEqualTo(hex);
    }

    @Test
    void passes_the_verification_of_smhasher() {
        byte[] key = new byte[256];
        byte[] hashes = new byte[256 * 4];
        for (int i = 0; i < 256; i++) {
            key[i] = (byte) i;
            int hash = Murmur3.hash(Arrays.copyOf(key, i), i, 256 - i);
            for (int b = 0; b < 4; b++) {
                hashes[i * 4 + b] = (byte) (hash >>> (8 * b));
            }
        }
        assertThat(Murmur3.hash(hashes, hashes.length)).isEqualTo(0xB0F57EE3);
    }

    @Test
    void ignores_bytes_after_the_length() {
        byte[] bytes = "hello, world".getBytes(StandardCharsets.UTF_8);
        assertThat(Murmur3.hash(bytes, 5)).isEqualTo(0x248bfa47);
    }
}
