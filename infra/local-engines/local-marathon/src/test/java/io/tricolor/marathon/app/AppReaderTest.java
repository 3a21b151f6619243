package io.tricolor.marathon.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class AppReaderTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void fills_in_the_defaults() {
        AppDefinition app = read("{'cmd':'sleep 1'}");
        assertThat(app.instances()).isEqualTo(1);
        assertThat(app.mem()).isEqualTo(128);
        assertThat(app.backoff()).isEqualTo(Duration.ofSeconds(1));
        assertThat(app.backoffFactor()).isEqualTo(1.15);
        assertThat(app.upgradeStrategy()).isEqualTo(new AppDefinition.UpgradeStrategy(1, 1));
        assertThat(app.portDefinitions()).singleElement().satisfies(port -> {
            assertThat(port.port()).isZero();
            assertThat(port.name()).isEqualTo("default");
        });
    }

    @Test
    void what_is_written_is_read_back_equal() {
        AppDefinition app = read("{'args':['a','b c'],'instances':3,'env':{'A':'1'},'labels':{'x':'y'},"
                + "'fetch':[{'uri':'file:/x','executable':true}],'portDefinitions':[{'port':0,'name':'http'},{'port':10005}],"
                + "'healthChecks':[{'path':'/health','intervalSeconds':1},{'protocol':'COMMAND','command':{'value':'true'}},"
                + "{'protocol':'TCP','port':99}],'upgradeStrategy':{'minimumHealthCapacity':0.5,'maximumOverCapacity':0},"
                + "'constraints':[['hostname','UNIQUE']],'dependencies':['b'],'taskKillGracePeriodSeconds':0.5}");
        ObjectNode written = AppWriter.definition(app);
        written.remove("ports");
        assertThat(AppReader.read(app.id(), written)).isEqualTo(app);
    }

    @Test
    void whole_seconds_are_written_as_integers() {
        String written = AppWriter.definition(read("{'cmd':'a','backoffSeconds':5.0,'taskKillGracePeriodSeconds':0.5,"
                        + "'healthChecks':[{'path':'/health','intervalSeconds':5,'timeoutSeconds':2.25}]}"))
                .toString();
        assertThat(written)
                .contains("\"backoffSeconds\":5,", "\"maxLaunchDelaySeconds\":300,", "\"intervalSeconds\":5,")
                .contains("\"taskKillGracePeriodSeconds\":0.5,", "\"timeoutSeconds\":2.25,");
    }

    @Test
    void a_change_keeps_what_it_does_not_name() {
        AppDefinition app = read("{'cmd':'a','instances':2,'env':{'A':'1'}}");
        AppDefinition changed = AppReader.readChange(app, json("{'args':['b'],'instances':5}"));
        assertThat(changed.cmd()).isNull();
        assertThat(changed.args()).containsExactly("b");
        assertThat(changed.instances()).isEqualTo(5);
        assertThat(changed.env()).containsEntry("A", "1");
        assertThat(AppReader.readChange(app, json("{'ports':[10001,10002]}")).portDefinitions())
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'cmd':7} | 400 | /cmd",
                "{'cmd':'a','instances':'3'} | 400 | /instances",
                "{'cmd':'a','env':{'A':1}} | 400 | /env/A",
                "{'cmd':'a','instances':1.5} | 400 | /instances",
                "{} | 422 | /",
                "{'cmd':'a','args':['b']} | 422 | /",
                "{'cmd':'a','instances':-1} | 422 | /instances",
                "{'cmd':'a','upgradeStrategy':{'minimumHealthCapacity':2}} | 422 | /upgradeStrategy/minimumHealthCapacity",
                "{'cmd':'a','ports':[0],'portDefinitions':[{}]} | 422 | /",
                "{'cmd':'a','ports':[10001,10001]} | 422 | /ports",
                "{'cmd':'a','portDefinitions':[{'name':'x'},{'name':'x'}]} | 422 | /portDefinitions",
                "{'cmd':'a','healthChecks':[{'portIndex':1}]} | 422 | /healthChecks",
                "{'cmd':'a','healthChecks':[{'path':'a b'}]} | 422 | /healthChecks(0)/path",
                "{'cmd':'a','healthChecks':[{'protocol':'GRPC'}]} | 422 | /healthChecks(0)/protocol",
                "{'cmd':'a','healthChecks':[{'protocol':'COMMAND'}]} | 422 | /healthChecks(0)/command",
                "{'container':{'type':'MESOS'}} | 422 | /",
                "{'cmd':'a','args':['b'],'container':{'docker':{'image':'x'}}} | 422 | /",
                "{'cmd':'a','secrets':{'s':{'source':'x'}}} | 422 | /secrets",
                "{'cmd':'a','readinessChecks':[{}]} | 422 | /readinessChecks",
                "{'cmd':'a','portDefinitions':[{'name':'http-api'}],'readinessChecks':[{},{}]} | 422 | /readinessChecks",
                "{'cmd':'a','readinessChecks':[{'timeoutSeconds':30}]} | 422 | /readinessChecks(0)/timeoutSeconds",
                "{'cmd':'a','fetch':[{'uri':'ftp://x'}]} | 422 | /fetch",
                "{'cmd':'a','fetch':[{'uri':'file:/x','outputFile':'../x'}]} | 422 | /fetch(0)/outputFile",
                "{'cmd':'a','killSelection':'RANDOM'} | 422 | /killSelection",
            })
    void names_what_is_wrong(String body, int status, String path) {
        assertThatThrownBy(() -> read(body))
                .asInstanceOf(InstanceOfAssertFactories.type(Refused.class))
                .satisfies(refused -> {
                    assertThat(refused.status()).isEqualTo(status);
                    assertThat(refused.body().get("details"))
                            .asInstanceOf(InstanceOfAssertFactories.list(Refused.Detail.class))
                            .extracting(Refused.Detail::path)
                            .contains(path);
                });
    }

    @Test
    void what_this_machine_cannot_run_is_kept_and_has_a_reason() {
        AppDefinition image = read("{'container':{'type':'DOCKER','docker':{'image':'shop:1','network':'BRIDGE',"
                + "'portMappings':[{'containerPort':80}]}},'healthChecks':[{'protocol':'HTTPS','portIndex':0}]}");
        assertThat(image.obstacle(false))
                .hasValueSatisfying(reason -> assertThat(reason).contains("shop:1", "engine"));
        assertThat(image.obstacle(true))
                .hasValueSatisfying(reason -> assertThat(reason).contains("network of its own"));
        assertThat(read("{'container':{'type':'DOCKER','docker':{'image':'shop:1'}}}")
                        .obstacle(true))
                .isEmpty();
        assertThat(image.portDefinitions())
                .as("those of the container are its own")
                .isEmpty();
        assertThat(AppWriter.definition(image)
                        .path("container")
                        .path("docker")
                        .path("image")
                        .stringValue())
                .isEqualTo("shop:1");
        assertThat(read("{'cmd':'a','user':'nobody-of-this-name'}").obstacle(false))
                .isPresent();
        assertThat(read("{'cmd':'a','container':{'type':'MESOS','volumes':[{'containerPath':'x'}]}}")
                        .obstacle(false))
                .isPresent();
        assertThat(read("{'cmd':'a','container':{'type':'MESOS'},'tty':true,'residency':{},'user':'"
                                + System.getProperty("user.name") + "'}")
                        .obstacle(false))
                .isEmpty();
    }

    @Test
    void a_readiness_check_has_defaults_and_is_read_back_as_it_was_written() {
        AppDefinition app = read("{'cmd':'a','portDefinitions':[{'name':'http-api'}],'readinessChecks':[{}]}");
        assertThat(app.readinessCheck())
                .isEqualTo(new AppDefinition.ReadinessCheck(
                        "readinessCheck",
                        false,
                        "/",
                        "http-api",
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        List.of(200),
                        false));
        ObjectNode written = AppWriter.definition(app);
        written.remove("ports");
        assertThat(AppReader.read("/a/b", written)).isEqualTo(app);
        assertThat(AppWriter.definition(read("{'cmd':'a'}")).path("readinessChecks"))
                .isEmpty();
    }

    @Test
    void ids_are_paths_of_lower_case_segments() {
        assertThat(AppReader.absoluteId("a/b")).isEqualTo("/a/b");
        assertThat(AppReader.absoluteId("//a//b/")).isEqualTo("/a/b");
        ObjectNode body = json("{'cmd':'a'}");
        for (String id : List.of("/", "/A", "/a_b", "/a/tasks", "/a/-b")) {
            assertThatThrownBy(() -> AppReader.read(id, body)).as(id).isInstanceOf(Refused.class);
        }
        assertThat(AppReader.read("/a/b-1.c", body).id()).isEqualTo("/a/b-1.c");
    }

    private static AppDefinition read(String body) {
        return AppReader.read("/a/b", json(body));
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }
}
