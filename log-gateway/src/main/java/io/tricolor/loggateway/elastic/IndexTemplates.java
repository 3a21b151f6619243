package io.tricolor.loggateway.elastic;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a cluster must know before the first document comes: templates of the data streams, and policies for their
 * lifecycle where it has lifecycles. Written again each time that Elasticsearch comes back; writing the same again
 * changes nothing.
 */
public final class IndexTemplates {

    private static final Logger log = LoggerFactory.getLogger(IndexTemplates.class);

    private static final String REQUESTS = "tricolor-request";
    private static final String AUDIT = "tricolor-audit";
    private static final String COMMON = "tricolor-common";
    private static final Map<String, String> STREAMS = Map.of(REQUESTS, DataStreams.REQUESTS, AUDIT, DataStreams.AUDIT);

    private final Elasticsearch elasticsearch;
    private boolean installed;

    IndexTemplates(Elasticsearch elasticsearch) {
        this.elasticsearch = elasticsearch;
    }

    /** Installs what has not been installed since the last {@link #forget}. */
    public synchronized void ensure() throws IOException {
        if (installed) {
            return;
        }
        boolean lifecycles = elasticsearch.get("/_ilm/status") == 200;
        elasticsearch.put(
                "/_component_template/" + COMMON,
                resource("component-common.json").toString());
        for (String name : new String[] {REQUESTS, AUDIT}) {
            ObjectNode template = resource("template-" + name + ".json");
            if (lifecycles) {
                elasticsearch.put(
                        "/_ilm/policy/" + name,
                        resource("lifecycle-" + name + ".json").toString());
                // a cluster with lifecycles has the native compression library too; a node that is only the core does
                // not
                ((ObjectNode) template.get("template").get("settings"))
                        .put("index.lifecycle.name", name)
                        .put("index.codec", "best_compression");
            }
            elasticsearch.put("/_index_template/" + name, template.toString());
            extend(Objects.requireNonNull(STREAMS.get(name)), template);
        }
        installed = true;
        log.info("index templates are installed, {} lifecycle policies", lifecycles ? "with" : "without");
    }

    /**
     * A stream that an older version made learns fields that it did not know; documents that are there keep what they
     * have.
     */
    private void extend(String stream, ObjectNode template) throws IOException {
        if (elasticsearch.get("/_data_stream/" + stream) == 200) {
            elasticsearch.put(
                    "/" + stream + "/_mapping",
                    resource("component-common.json").at("/template/mappings").toString());
            elasticsearch.put(
                    "/" + stream + "/_mapping",
                    template.at("/template/mappings").toString());
        }
    }

    /** Elasticsearch was away, or its templates are: they are to be installed again. */
    public synchronized void forget() {
        installed = false;
    }

    /** Installs again when the cluster has lost the templates, for example because its data was removed. */
    synchronized void verify() throws IOException {
        if (elasticsearch.get("/_index_template/" + AUDIT) == 404
                || elasticsearch.get("/_index_template/" + REQUESTS) == 404) {
            installed = false;
        }
        ensure();
    }

    private static ObjectNode resource(String name) throws IOException {
        try (InputStream in = IndexTemplates.class.getResourceAsStream("/elasticsearch/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return (ObjectNode) JsonMapper.shared().readTree(in);
        }
    }
}
