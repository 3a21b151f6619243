/** From Kafka to Elasticsearch. */
@NullMarked
package io.tricolor.loggateway.index;

import org.jspecify.annotations.NullMarked;
