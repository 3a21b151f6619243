/** CloudEvents in binary mode on Kafka. */
@NullMarked
package io.tricolor.kit.message;

import org.jspecify.annotations.NullMarked;
