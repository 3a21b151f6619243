package io.tricolor.loggateway.index;

import co.elastic.clients.util.BinaryData;
import co.elastic.clients.util.ContentType;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A document on its way into a data stream.
 *
 * @param id equal for every repetition of the same fact
 * @param json the document
 * @param origin the record that it was made of
 */
record Entry(String stream, String id, BinaryData json, ConsumerRecord<String, byte[]> origin) {

    Entry(String stream, String id, byte[] json, ConsumerRecord<String, byte[]> origin) {
        this(stream, id, BinaryData.of(json, ContentType.APPLICATION_JSON), origin);
    }
}
