package io.tricolor.loggateway.intake;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.loggateway.redaction.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks the lines of a request, takes secrets out, and hands them to Kafka. */
final class Intake {

    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    private static final Counter LINES = Counter.build("tricolor_log_lines_total", "Lines by what became of them")
            .labelNames("outcome")
            .register();
    private static final Counter REFUSED = Counter.build(
                    "tricolor_log_refused_total", "Requests with lines that were refused as a whole")
            .labelNames("reason")
            .register();

    private static final Gauge IN_FLIGHT = Gauge.build(
                    "tricolor_log_in_flight_bytes", "Bytes of lines that wait for Kafka")
            .register();

    private static final int LONGEST_SHOWN = 256;
    private static final int DEEPEST = 32;
    private static final int LONGEST_NUMBER = 64;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private static final String PARAMETERS = "tricolor.params.";

    private final Redaction redaction = Redaction.ofRequests();
    private final IntakeProperties properties;
    private final LinePublisher publisher;
    private final InFlight inFlight;

    Intake(IntakeProperties properties, LinePublisher publisher) {
        this.properties = properties;
        this.publisher = publisher;
        this.inFlight = new InFlight(properties.inFlight().toBytes());
        IN_FLIGHT.setChild(new Gauge.Child() {
            @Override
            public double get() {
                return inFlight.used();
            }
        });
    }

    /**
     * What became of the lines of a request.
     *
     * @param accepted lines that Kafka has acknowledged
     * @param rejected the others, which will never be taken as they are; blank lines are neither
     */
    record Receipt(int accepted, List<RejectedLine> rejected) {}

    /**
     * A line that is no request event.
     *
     * @param line its number in the body, from 1
     */
    record RejectedLine(int line, String reason) {}

    Body newBody() {
        return new Body(inFlight, Math.toIntExact(properties.maxBody().toBytes()));
    }

    /**
     * Blocking only while Kafka's metadata is unknown. Completes when all lines that are good have been acknowledged.
     */
    CompletableFuture<Receipt> take(LineReader lines) {
        if (lines.count() > properties.maxLines()) {
            throw new Rejected(
                    Code.PAYLOAD_TOO_LARGE,
                    "the body has more than " + properties.maxLines() + " lines; send fewer at a time");
        }
        List<RejectedLine> rejected = new ArrayList<>();
        LinePublisher.Batch batch = publisher.batch();
        int accepted = 0;
        boolean going = true;
        while (going && lines.hasNext()) {
            byte[] line = lines.next();
            if (isBlank(line)) {
                continue;
            }
            ObjectNode event;
            try {
                event = read(line);
            } catch (NoRequestEvent e) {
                rejected.add(new RejectedLine(lines.number(), String.valueOf(e.getMessage())));
                continue;
            }
            redact(event);
            going = batch.add(event.path("service").path("name").stringValue(), JSON.writeValueAsBytes(event));
            accepted++;
        }
        if (accepted + rejected.size() == 0) {
            throw new Rejected(Code.BAD_REQUEST, "the body has no lines");
        }
        Receipt receipt = new Receipt(accepted, rejected);
        return batch.acknowledged().handle((nothing, failure) -> {
            if (failure != null) {
                log.warn("Kafka did not acknowledge lines in time: {}", failure.toString());
                throw new Rejected(
                        Code.UPSTREAM_UNAVAILABLE, "Kafka did not acknowledge all lines in time; send them again");
            }
            LINES.labels("accepted").inc(receipt.accepted());
            LINES.labels("rejected").inc(receipt.rejected().size());
            return receipt;
        });
    }

    static void refused(Code code) {
        REFUSED.labels(code.slug()).inc();
    }

    private ObjectNode read(byte[] line) throws NoRequestEvent {
        if (line.length > properties.maxLine().toBytes()) {
            throw new NoRequestEvent(
                    "the line is longer than " + properties.maxLine().toBytes() + " bytes");
        }
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new NoRequestEvent("the line is not JSON", e);
        }
        SortedSet<String> mended = node instanceof ObjectNode object ? Mending.apply(object) : new TreeSet<>();
        if (!mended.isEmpty() && node.get("tricolor") instanceof ObjectNode own) {
            note(own, "mended", mended);
        }
        Optional<String> violation = RequestEvent.violationOf(node);
        if (violation.isPresent()) {
            throw new NoRequestEvent(violation.get());
        }
        return (ObjectNode) node;
    }

    private void redact(ObjectNode event) {
        SortedSet<String> changed = redaction.apply(event);
        if (changed.isEmpty()) {
            return;
        }
        note((ObjectNode) event.get("tricolor"), "redacted", changed);
    }

    /** Adds names to a list; those of parameters without where they are. */
    private static void note(ObjectNode own, String list, SortedSet<String> paths) {
        SortedSet<String> names = new TreeSet<>();
        own.path(list).forEach(name -> names.add(name.asString()));
        paths.forEach(path -> names.add(
                Text.shown(path.startsWith(PARAMETERS) ? path.substring(PARAMETERS.length()) : path, LONGEST_SHOWN)));
        ArrayNode noted = own.putArray(list);
        names.forEach(noted::add);
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    private static final class NoRequestEvent extends Exception {

        private static final long serialVersionUID = 1L;

        NoRequestEvent(String message) {
            super(message);
        }

        NoRequestEvent(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
