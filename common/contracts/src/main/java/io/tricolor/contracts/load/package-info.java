/** What services of groups have to do: the words between strategy-service and monitor-service. */
@NullMarked
package io.tricolor.contracts.load;

import org.jspecify.annotations.NullMarked;
