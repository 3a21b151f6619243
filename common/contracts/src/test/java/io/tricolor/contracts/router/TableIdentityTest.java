package io.tricolor.contracts.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TableIdentityTest {

    private static final String ONE = "1".repeat(64);
    private static final String TWO = "2".repeat(64);

    @Test
    void is_the_place_in_the_order_and_the_hash_of_the_bytes() {
        assertThat(TableIdentity.of(1, 7, "abc"))
                .hasToString("1.7.ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(TableIdentity.NONE).hasToString("0.0.");
    }

    @Test
    void comes_after_another_by_epoch_then_version_whatever_the_contents_are() {
        assertThat(new TableIdentity(1, 7, ONE).supersedes(null)).isTrue();
        assertThat(new TableIdentity(1, 7, ONE).supersedes(new TableIdentity(1, 6, TWO)))
                .isTrue();
        assertThat(new TableIdentity(2, 1, ONE).supersedes(new TableIdentity(1, 99, ONE)))
                .isTrue();
        assertThat(new TableIdentity(1, 7, ONE).supersedes(new TableIdentity(1, 7, TWO)))
                .isFalse();
        assertThat(new TableIdentity(1, 99, ONE).supersedes(new TableIdentity(2, 1, ONE)))
                .isFalse();
    }

    @Test
    void contradicts_another_content_at_the_same_place() {
        TableIdentity identity = new TableIdentity(1, 7, ONE);
        assertThat(identity.contradicts(new TableIdentity(1, 7, TWO))).isTrue();
        assertThat(identity.contradicts(identity)).isFalse();
        assertThat(identity.contradicts(new TableIdentity(1, 8, TWO))).isFalse();
        assertThat(identity.contradicts(new TableIdentity(2, 7, TWO))).isFalse();
        assertThat(identity.contradicts(new TableIdentity(1, 7, ""))).isFalse();
    }

    @Test
    void refuses_what_is_no_hash() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TableIdentity(1, 1, "abc"));
        assertThatIllegalArgumentException().isThrownBy(() -> new TableIdentity(-1, 1, ONE));
        assertThatIllegalArgumentException().isThrownBy(() -> new TableIdentity(1, 1, ONE.replace('1', 'A')));
    }
}
