package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressibleTest {

    private static final String GREEN = "'A':{'status':'GREEN','id':{'all':true}}";

    private static final byte[] SEVEN = IdListContents.bytes(7);
    private static final byte[] TWO_TO_SIX = IdListContents.bytes(2, 6);

    private static Refused.@Nullable Reason refusal(String json, Set<Approximation> allowed) throws IOException {
        try {
            Expressible.of(
                    TableReader.read(json.replace('\'', '"')), allowed, 1_000, IdListContents.of(SEVEN, TWO_TO_SIX));
            return null;
        } catch (Refused e) {
            return e.reason();
        }
    }

    private static String table(String members, String clusters) {
        return "{'group':'shop','epoch':1,'version':2," + members + "'clusters':{" + GREEN + clusters + "}}";
    }

    private static String yellow(String name, String rule) {
        return ",'" + name + "':{'status':'YELLOW','id':{'all':false," + rule + "}}";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'percent':12.5                 |                                | PERCENT
            'percent':0.00                 |                                |
            'percent':100.00               |                                |
            'ids':['1']                    | 'ids':['1']                    | AFFINITY
            'ids':['alice']                | 'ids':['Alice']                |
            'ids':['alice']                | 'ids':['bob','alice']          | AFFINITY
            'ids':['7']                    | 'intervals':[['1','6'],['8','9']] |
            'ids':['8']                    | 'intervals':[['1','6'],['8','9']] | AFFINITY
            'intervals':[['1','5']]        | 'intervals':[['5','9']]        | AFFINITY
            'intervals':[['1','5']]        | 'intervals':[['6','9']]        |
            'percent':100                  | 'ids':['x']                    | AFFINITY
            'percent':100                  | 'ids':[]                       |
            'idLists':[{'sha256':'LIST','count':1}] | 'intervals':[['7','7']] | AFFINITY
            'idLists':[{'sha256':'LIST','count':1}] | 'intervals':[['8','9']] |
            'idLists':[{'sha256':'PAIR','count':1,'kind':'intervals'}] | 'ids':['4'] | AFFINITY
            'idLists':[{'sha256':'PAIR','count':1,'kind':'intervals'}] | 'ids':['7'] |
            'idLists':[{'sha256':'PAIR','count':2}] | 'ids':['4'] |
            'idLists':[{'sha256':'LIST','count':1001}] | 'ids':['x']        | TOO_MANY_IDS
            'idLists':[{'sha256':'LIST','count':1001,'kind':'intervals'}] | 'ids':['x'] | TOO_MANY_IDS
            'idLists':[{'sha256':'PAIR','count':1,'kind':'floats'}] | 'ids':['x'] | MALFORMED
            'idLists':[{'sha256':'xyz','count':1}] | 'ids':['x']            | MALFORMED
            'tenants':['x']                | 'ids':['x']                    | UNKNOWN_MEMBER
            """)
    void rules(String b, @Nullable String c, Refused.@Nullable Reason reason) throws IOException {
        String list = IdListContents.sha256(SEVEN);
        String pair = IdListContents.sha256(TWO_TO_SIX);
        String clusters = yellow("B", b) + (c == null ? "" : yellow("C", c));
        assertThat(refusal(table("", clusters.replace("LIST", list).replace("PAIR", pair)), Set.of()))
                .isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'identity':{'claims':['sub']},                       | CLAIMS
            'identity':{'claims':[]},                            |
            'identity':{'headers':['X_User']},                   | SOURCE_NAME
            'identity':{'headers':['X-Tricolor-Lane']},          | SOURCE_NAME
            'identity':{'cookies':['a;b']},                      | SOURCE_NAME
            'identity':{'queryParameters':['ü ;"']},            | MALFORMED
            'identity':{'queryParameters':['ü$;']},              |
            'identity':{'tokens':['x']},                         | UNKNOWN_MEMBER
            'lanes':true,                                        | UNKNOWN_MEMBER
            'entries':[{'host':'käse','pathPrefix':'/','service':'w'}], | HOST
            'entries':[{'host':'a b','pathPrefix':'/','service':'w'}], | HOST
            'entries':[{'pathPrefix':'/','service':'w','port':1}], | UNKNOWN_MEMBER
            """)
    void members(String members, Refused.@Nullable Reason reason) throws IOException {
        assertThat(refusal(table(members, ""), Set.of())).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "shop"})
    void what_is_no_table_is_malformed(String json) throws IOException {
        assertThat(refusal(json, Set.of())).isEqualTo(Refused.Reason.MALFORMED);
    }

    /** A member that the library learns must be looked at here before it is taken: it would be routed differently. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            io.tricolor.routing.RouteTable              | group epoch version affinity identity entries clusters deleted
            io.tricolor.contracts.group.IdentitySource  | headers cookies queryParameters claims
            io.tricolor.contracts.group.Entry           | host pathPrefix service
            io.tricolor.contracts.group.RouteStrategy   | status id
            io.tricolor.contracts.group.IdRule          | all ids intervals percent idLists
            io.tricolor.contracts.group.IdList          | sha256 count kind
            """)
    void every_member_that_a_table_may_have_is_dealt_with(Class<?> place, String members) {
        assertThat(place.getRecordComponents())
                .extracting(RecordComponent::getName)
                .containsExactlyInAnyOrder(members.split(" "));
    }

    @Test
    void two_green_clusters_share_everybody_which_affinity_none_can_weigh() throws IOException {
        String both = ",'B':{'status':'GREEN','id':{'all':true}}";
        assertThat(refusal(table("", both), Set.of())).isEqualTo(Refused.Reason.AFFINITY);
        assertThat(refusal(table("'affinity':'NONE',", both), Set.of())).isNull();
        assertThat(refusal(table("", both), EnumSet.of(Approximation.AFFINITY))).isNull();
    }

    @Test
    void only_few_clusters_may_share_ids_but_many_may_be_apart() throws IOException {
        String apart = IntStream.range(0, 30)
                .mapToObj(i -> yellow("Y" + i, "'ids':['" + i + "']"))
                .collect(Collectors.joining());
        assertThat(refusal(table("", apart), Set.of())).isNull();
        assertThat(refusal(table("'affinity':'NONE',", apart + yellow("Z", "'ids':['1']")), Set.of()))
                .isEqualTo(Refused.Reason.OVERLAP);
    }

    @Test
    void an_id_is_refused_that_is_too_long_for_a_line() throws IOException {
        String json = "{'group':'shop','epoch':1,'version':2,'identity':{'queryParameters':['q']},'clusters':{" + GREEN
                + yellow("B", "'ids':['" + "~".repeat(256) + "']") + "}}";
        assertThat(refusal(json, Set.of())).isEqualTo(Refused.Reason.ID_TOO_LONG);
        assertThat(refusal(json.replace("'queryParameters':['q']", "'headers':['X-Id']"), Set.of()))
                .isNull();
    }
}
