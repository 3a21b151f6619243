/** One Elasticsearch core node in a process of its own. */
@NullMarked
package io.tricolor.engines.elasticsearch;

import org.jspecify.annotations.NullMarked;
