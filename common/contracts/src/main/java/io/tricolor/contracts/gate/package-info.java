/** Gates that are judged by numbers: the words between strategy-service and monitor-service. */
@NullMarked
package io.tricolor.contracts.gate;

import org.jspecify.annotations.NullMarked;
