package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void takes_every_character_of_unicode_but_nul() {
        StringBuilder all = new StringBuilder();
        for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                all.appendCodePoint(c);
            }
        }
        assertThat(Text.flaw(all)).isNull();
        assertThat(Text.mended(all.toString())).isEqualTo(all.toString());
    }

    @Test
    void finds_what_no_store_keeps_and_mends_it() {
        assertThat(Text.flaw("a\0b")).contains("NUL");
        assertThat(Text.flaw("\uD83D")).contains("surrogate");
        assertThat(Text.flaw("\uDE00\uD83D")).contains("surrogate");
        assertThat(Text.flaw("x\uD83Dy")).contains("surrogate");
        assertThat(Text.mended("a\0\uD83D\uDE00\uD83Db\uDE00")).isEqualTo("a\uFFFD\uD83D\uDE00\uFFFDb\uFFFD");
    }

    @Test
    void shows_a_bounded_line() {
        assertThat(Text.shown("a\r\nb", 10)).isEqualTo("a\uFFFD\uFFFDb");
        assertThat(Text.shown("12\uD83D\uDE00", 3)).isEqualTo("12\uFFFD…");
        assertThat(Text.shown("123", 3)).isEqualTo("123");
    }
}
