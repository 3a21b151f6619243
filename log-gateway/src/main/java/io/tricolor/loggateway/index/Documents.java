package io.tricolor.loggateway.index;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Makes documents of records. */
interface Documents {

    /** The document of a record, null for a record that says nothing, such as a tombstone. */
    @Nullable
    Entry of(ConsumerRecord<String, byte[]> received) throws Unindexable;
}
