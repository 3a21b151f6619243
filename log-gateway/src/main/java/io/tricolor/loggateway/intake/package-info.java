/** Lines of the request log: from HTTP to Kafka. */
@NullMarked
package io.tricolor.loggateway.intake;

import org.jspecify.annotations.NullMarked;
