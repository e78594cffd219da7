"""Let reports about people be answered from an index alone"""

from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_facts_org_id_recipient_id', 'facts')
    op.create_index('ix_facts_org_id_recipient_id', 'facts', ['org_id', 'recipient_id', 'message_id', 'activity_group'])


def downgrade() -> None:
    op.drop_index('ix_facts_org_id_recipient_id', 'facts')
    op.create_index('ix_facts_org_id_recipient_id', 'facts', ['org_id', 'recipient_id', 'message_id'])
